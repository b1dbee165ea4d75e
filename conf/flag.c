#include "conf/flag.h"

const char *flag_usage(const struct flag *flag, char into[FLAG_USAGE])
{
    const char *blank = flag->argument == NULL ? "" : " ";
    const char *argument = flag->argument == NULL ? "" : flag->argument;

    if (flag->letter != '\0')
        snprintf(into, FLAG_USAGE, "-%c, --%s%s%s", flag->letter, flag->name, blank, argument);
    else
        snprintf(into, FLAG_USAGE, "--%s%s%s", flag->name, blank, argument);
    return into;
}

void flag_print(FILE *out, const struct flag *flag, bool letters)
{
    const char *margin = letters && flag->letter == '\0' ? "    " : "";
    char usage[FLAG_USAGE];

    fprintf(out, "  %s%-*s %s\n", margin, *margin == '\0' ? 23 : 19, flag_usage(flag, usage),
            flag->help);
}
