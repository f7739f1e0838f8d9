
/*
 * A clock that a test sets, preloaded into Redis: the time of day is what the
 * file named by VOL_CLOCK holds, seconds since 1970 UTC as a native int64_t,
 * and stands still.  Timers go by the monotonic clock, which is left alone.
 */


#define _GNU_SOURCE

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>


static volatile int64_t  *now;


__attribute__((constructor))
static void
clock_open(void)
{
    int    fd;
    void  *page;
    char  *file;

    file = getenv("VOL_CLOCK");
    fd = file ? open(file, O_RDONLY|O_CLOEXEC) : -1;

    if (fd == -1) {
        return;
    }

    page = mmap(NULL, sizeof(*now), PROT_READ, MAP_SHARED, fd, 0);
    close(fd);

    if (page != MAP_FAILED) {
        now = page;
    }
}


/* by the system call: looking a symbol up may allocate, and allocators ask */

int
clock_gettime(clockid_t id, struct timespec *ts)
{
    if (now == NULL || id != CLOCK_REALTIME) {
        return syscall(SYS_clock_gettime, id, ts);
    }

    ts->tv_sec = *now;
    ts->tv_nsec = 0;

    return 0;
}


int
gettimeofday(struct timeval *tv, void *tz)
{
    struct timespec  ts;

    if (clock_gettime(CLOCK_REALTIME, &ts) != 0) {
        return -1;
    }

    tv->tv_sec = ts.tv_sec;
    tv->tv_usec = ts.tv_nsec / 1000;

    return 0;
}


time_t
time(time_t *t)
{
    struct timespec  ts;

    clock_gettime(CLOCK_REALTIME, &ts);

    if (t) {
        *t = ts.tv_sec;
    }

    return ts.tv_sec;
}
