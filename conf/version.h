/*
 * version - which croft this is.
 *
 * Owner   a constant. Memory none. Cost none. Errors none.
 */
#ifndef CONF_VERSION_H
#define CONF_VERSION_H

#define CROFT_VERSION "0.1.0"

#endif
