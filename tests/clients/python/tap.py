"""What the scripts for Python share: checks that speak TAP."""
import sys

checks = failed = 0


def ok(good, name, why=''):
    """`why`: what to tell when it is not."""
    global checks, failed
    checks += 1
    failed += not good
    print(('ok' if good else 'not ok'), checks, '-', name)
    if not good and why:
        print('#', why)


def same(got, wanted, name):
    good = got == wanted
    ok(good, name, '' if good else 'got %.500r, not %.500r' % (got, wanted))


def todo(name, why):
    """It is known not to work yet."""
    global checks
    checks += 1
    print('not ok', checks, '-', name, '# TODO', why)


def end():
    print('1..%d' % checks)
    sys.exit(failed > 0)
