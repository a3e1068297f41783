#include "base/sb.h"
#include "console/session.h"
#include "ctl/verbs.h"

#include <stdio.h>
#include <string.h>

enum { PASSWORD_MIN = 12, PASSWORD_MAX = 256 };

/* One line of stdin, so that it stands in no list of processes and in no history of a shell. */
int
user_password(const struct call *c)
{
    char line[PASSWORD_MAX + 2] = "";
    char hash[SESSION_HASH_MAX];
    struct str password;

    (void)c;
    if (fgets(line, sizeof line, stdin) == NULL)
        return call_fail(CALL_FAILED, "a password is expected on stdin, one line");
    password = (struct str){line, strcspn(line, "\r\n")};
    if (password.n < PASSWORD_MIN || password.n > PASSWORD_MAX)
        return call_fail(CALL_FAILED, "a password has %d to %d bytes", PASSWORD_MIN, PASSWORD_MAX);
    if (!session_hash(password, hash))
        return call_fail(CALL_FAILED, "not enough memory for the hash");
    memset(line, 0, sizeof line);
    call_print(str_from_c(hash));
    return CALL_OK;
}
