// What the scripts for node share: checks that speak TAP.
let checks = 0, failed = 0;

function ok(good, name) {
    checks++;
    failed += good ? 0 : 1;
    console.log(`${good ? 'ok' : 'not ok'} ${checks} - ${name}`);
}

function same(got, wanted, name) {
    const one = JSON.stringify(got), other = JSON.stringify(wanted);
    ok(one === other, name);
    if (one !== other)
        console.log(`# got ${one.slice(0, 500)}, not ${other.slice(0, 500)}`);
}

// The call is refused with a message that begins like this.
async function fails(part, name, call) {
    try {
        await call();
        ok(false, name);
    } catch (error) {
        ok(error.message.startsWith(part), name);
        if (!error.message.startsWith(part))
            console.log('# ' + error.message);
    }
}

// Runs the work to its end, and ends the process.
function run(work) {
    work(Number(process.argv[2])).then(
        () => {
            console.log(`1..${checks}`);
            process.exit(failed > 0 ? 1 : 0);
        },
        (error) => {
            console.log('not ok - ' + error.stack);
            process.exit(1);
        });
}

module.exports = { ok, same, fails, run, every: Buffer.from(Array.from({ length: 256 }, (_, i) => i)) };
