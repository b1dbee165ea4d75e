#include "tests/server/faults.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/tap/tap.h"

void faults_begin(struct faults *faults)
{
    int fd;

    snprintf(faults->path, sizeof(faults->path), "/tmp/faults-XXXXXX");
    fd = mkstemp(faults->path);
    if (fd < 0 || ftruncate(fd, sizeof(*faults->plan)) != 0)
        tap_bail("cannot make a plan of faults");
    faults->plan = mmap(NULL, sizeof(*faults->plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (faults->plan == MAP_FAILED)
        tap_bail("cannot map the plan of faults");
    setenv("FAULTS", faults->path, 1);
    setenv("LD_PRELOAD", FAULTY, 1);
}

void faults_end(struct faults *faults)
{
    unsetenv("LD_PRELOAD");
    unsetenv("FAULTS");
    munmap(faults->plan, sizeof(*faults->plan));
    unlink(faults->path);
}

void faults_set(struct faults *faults, enum fault fault, int error, unsigned per_mille)
{
    struct faults_call *call = &faults->plan->of[fault];

    call->per_mille = per_mille;
    call->calls = 0;
    call->injected = 0;
    __atomic_store_n(&call->error, error, __ATOMIC_RELEASE);
}

void faults_short(struct faults *faults, enum fault fault, unsigned most)
{
    __atomic_store_n(&faults->plan->of[fault].most, most, __ATOMIC_RELEASE);
}

void faults_none(struct faults *faults)
{
    for (int i = 0; i < FAULTS; i++) {
        __atomic_store_n(&faults->plan->of[i].error, 0, __ATOMIC_RELEASE);
        __atomic_store_n(&faults->plan->of[i].most, 0, __ATOMIC_RELEASE);
    }
}

unsigned long faults_injected(const struct faults *faults, enum fault fault)
{
    return __atomic_load_n(&faults->plan->of[fault].injected, __ATOMIC_ACQUIRE);
}
