#include "net/families.h"

#include <stddef.h>

#include "cache/data_families.h"

const struct command_family *const families[] = {
    &strings_family,       &ranges_family,      &bitmaps_family,
    &bitfield_family,      &hyperloglog_family, &conditions_family,
    &msetex_family,        &increx_family,      &lcs_family,
    &moves_family,         &dump_family,        &keys_family,
    &expiry_family,        &space_family,       &object_family,
    &connection_family,    &clients_family,     &roster_family,
    &patience_family,      &admin_family,       &config_family,
    &introspection_family, &slowlog_family,     &latency_family,
    &debug_family,         &acl_family,         &absent_family,
    &hottest_family,       &holdings_family,    NULL,
};
