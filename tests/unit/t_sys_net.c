#include "sys/io.h"
#include "sys/notify.h"
#include "sys/tcp.h"
#include "sys/unixsock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static void
t_addresses(void **state)
{
    static const char *const bad[] = {"",
                                      "2575",
                                      "127.0.0.1",
                                      "127.0.0.1:",
                                      "127.0.0.1:x",
                                      "127.0.0.1:65536",
                                      "localhost:2575",
                                      "::1:2575",
                                      "[127.0.0.1]:1",
                                      "[::1]",
                                      "1.2.3:4",
                                      ":2575",
                                      "127.0.0.1:-1",
                                      "[::1]x:1"};
    struct tcp_addr a;
    char buf[TCP_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < RFD_COUNT(bad); i++)
        assert_false(tcp_addr_parse(bad[i], &a));
    assert_true(tcp_addr_parse("127.0.0.1:2575", &a));
    assert_int_equal(a.port, 2575);
    assert_string_equal(tcp_addr_format(&a, buf), "127.0.0.1:2575");
    assert_true(tcp_addr_is_loopback(&a));
    assert_true(tcp_addr_parse("[::1]:1", &a));
    assert_string_equal(tcp_addr_format(&a, buf), "[::1]:1");
    assert_true(tcp_addr_is_loopback(&a));
    assert_true(tcp_addr_parse("0.0.0.0:1", &a));
    assert_false(tcp_addr_is_loopback(&a));
}

static void
wait_for(int fd, short events)
{
    struct pollfd p = {fd, events, 0};

    assert_int_equal(poll(&p, 1, 5000), 1);
}

static void
t_tcp_talk(void **state)
{
    struct tcp_addr a;
    struct tcp_addr peer;
    int listener, client, server;
    char buf[16];
    size_t n = 0;

    (void)state;
    assert_true(tcp_addr_parse("127.0.0.1:0", &a));
    listener = tcp_listen(&a, 8);
    assert_true(listener >= 0);
    assert_true((fcntl(listener, F_GETFD) & FD_CLOEXEC) != 0);
    assert_int_equal(tcp_accept(listener, &peer), -1);
    assert_int_equal(errno, EAGAIN);
    assert_true(tcp_local(listener, &a));
    assert_true(a.port > 0);
    assert_int_equal(tcp_listen(&a, 8), -1);
    assert_int_equal(errno, EADDRINUSE);
    client = tcp_connect(&a);
    wait_for(client, POLLOUT);
    assert_true(tcp_connected(client));
    wait_for(listener, POLLIN);
    server = tcp_accept(listener, &peer);
    assert_true(server >= 0 && tcp_addr_is_loopback(&peer));
    assert_int_equal(io_recv(server, buf, sizeof buf, &n), IO_AGAIN);
    assert_int_equal(io_send(client, "hello", 5, &n), IO_OK);
    wait_for(server, POLLIN);
    assert_int_equal(io_recv(server, buf, sizeof buf, &n), IO_OK);
    assert_int_equal(n, 5);
    io_close(&client);
    assert_int_equal(client, -1);
    wait_for(server, POLLIN);
    assert_int_equal(io_recv(server, buf, sizeof buf, &n), IO_END);
    io_close(&server);
    io_close(&listener);
}

static void
t_tcp_refused(void **state)
{
    struct tcp_addr a;
    int fd;

    (void)state;
    assert_true(tcp_addr_parse("127.0.0.1:1", &a));
    fd = tcp_connect(&a);
    if (fd >= 0) {
        wait_for(fd, POLLOUT);
        assert_false(tcp_connected(fd));
    }
    assert_int_equal(errno, ECONNREFUSED);
    io_close(&fd);
}

static void
t_unix_socket(void **state)
{
    char dir[] = "/tmp/refractd-test-XXXXXX";
    char path[64];
    char longer[200];
    struct unixsock_peer who;
    struct stat st;
    int listener, client, server;

    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/control.sock", dir);
    listener = unixsock_listen(path, 0660, 8);
    assert_true(listener >= 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0660);
    io_close(&listener);
    listener = unixsock_listen(path, 0600, 8); /* the stale one is replaced */
    assert_true(listener >= 0);
    assert_int_equal(unixsock_accept(listener, &who), -1);
    client = unixsock_connect(path);
    assert_true(client >= 0);
    server = unixsock_accept(listener, &who);
    assert_true(server >= 0);
    assert_int_equal(who.uid, getuid());
    assert_int_equal(who.pid, getpid());
    io_close(&client);
    io_close(&server);
    io_close(&listener);
    unixsock_remove(path);
    assert_int_equal(stat(path, &st), -1);
    assert_int_equal(unixsock_connect(path), -1);
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(unixsock_connect(longer), -1);
    assert_int_equal(errno, ENAMETOOLONG);
    assert_int_equal(rmdir(dir), 0);
}

static void
t_unix_socket_spares_a_file(void **state)
{
    char path[] = "/tmp/refractd-test-XXXXXX";
    int file = mkstemp(path);
    struct stat st;

    (void)state;
    assert_true(file >= 0);
    assert_int_equal(unixsock_listen(path, 0600, 8), -1);
    assert_int_equal(errno, EADDRINUSE);
    unixsock_remove(path);
    assert_int_equal(stat(path, &st), 0);
    io_close(&file);
    (void)unlink(path);
}

static void
next_notice(int fd, const char *want)
{
    char buf[256];
    ssize_t n = recv(fd, buf, sizeof buf - 1, MSG_DONTWAIT);

    assert_true(n > 0);
    buf[n] = '\0';
    assert_string_equal(buf, want);
}

static void
t_systemd_notices(void **state)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    (void)state;
    notify_open(); /* without systemd: nothing happens */
    notify_ready();
    assert_int_equal(notify_watchdog_ms(), 0);
    (void)snprintf(a.sun_path, sizeof a.sun_path, "/tmp/refractd-notify-%d", (int)getpid());
    assert_int_equal(bind(fd, (const struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", a.sun_path, 1), 0);
    assert_int_equal(setenv("WATCHDOG_USEC", "20000000", 1), 0);
    notify_open();
    assert_null(getenv("NOTIFY_SOCKET"));
    assert_int_equal(notify_watchdog_ms(), 20000);
    notify_ready();
    next_notice(fd, "READY=1");
    notify_watchdog();
    next_notice(fd, "WATCHDOG=1");
    notify_status("roles %d of %d\nREADY=1", 2, 3); /* no second assignment slips in */
    next_notice(fd, "STATUS=roles 2 of 3");
    notify_reloading(7);
    next_notice(fd, "RELOADING=1\nMONOTONIC_USEC=7");
    notify_stopping();
    next_notice(fd, "STOPPING=1");
    notify_close();
    notify_ready();
    (void)close(fd);
    (void)unlink(a.sun_path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_addresses),
        cmocka_unit_test(t_tcp_talk),
        cmocka_unit_test(t_tcp_refused),
        cmocka_unit_test(t_unix_socket),
        cmocka_unit_test(t_unix_socket_spares_a_file),
        cmocka_unit_test(t_systemd_notices),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
