#include "role/check.h"

const struct check_hook check_hooks[] = {
    {"yaml", check_yaml},
    {NULL, NULL},
};
