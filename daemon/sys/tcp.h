/*
 * What:    non-blocking TCP listeners and connections, IPv4 and IPv6, numeric addresses only.
 * Owns:    descriptors are the caller's: io_close(). All are close-on-exec and keep-alive.
 * Threads: any.
 * Errors:  descriptors are -1 with errno kept. Reading and writing: sys/io.h.
 */
#ifndef RFD_SYS_TCP_H
#define RFD_SYS_TCP_H

#include "base/assert.h"

#include <stdbool.h>
#include <stdint.h>

enum { TCP_HOST_MAX = 46, TCP_TEXT_MAX = 56 };

struct tcp_addr {
    char host[TCP_HOST_MAX]; /* numeric, without brackets */
    uint16_t port;
};

/* "127.0.0.1:2575", "[::1]:2575". Names are refused: no resolver in the data path. */
RFD_MUSTCHECK bool tcp_addr_parse(const char *text, struct tcp_addr *out);
const char *tcp_addr_format(const struct tcp_addr *a, char buf[TCP_TEXT_MAX]);
bool tcp_addr_is_loopback(const struct tcp_addr *a);

int tcp_listen(const struct tcp_addr *a, int backlog);
int tcp_accept(int fd, struct tcp_addr *peer_out); /* -1 and EAGAIN when nobody waits */
int tcp_connect(const struct tcp_addr *a);         /* under way: LOOP_WRITE, then tcp_connected() */
RFD_MUSTCHECK bool tcp_connected(int fd);          /* false: errno says why it failed */
RFD_MUSTCHECK bool tcp_local(int fd, struct tcp_addr *out); /* the address bound, with its port */

#endif
