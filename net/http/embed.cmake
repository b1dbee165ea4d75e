# Makes a C source of a file: cmake -DFILE=live.html -DNAME=live_html -DINTO=live_html.c -P embed.cmake
file(READ ${FILE} digits HEX)
file(SIZE ${FILE} size)
string(REGEX REPLACE "(................................)" "\\1\n" digits "${digits}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," digits "${digits}")
file(WRITE ${INTO} "#include <stddef.h>\n\nextern const unsigned char ${NAME}[];\nextern const size_t ${NAME}_size;\n
const size_t ${NAME}_size = ${size};\nconst unsigned char ${NAME}[] = {\n${digits}};\n")
