/* SPDX-License-Identifier: MIT */
/*
 * The constants that write.c and read.c share, besides the order of the
 * fields.
 */
#ifndef SESSION_FORMAT_H
#define SESSION_FORMAT_H

#define FORMAT_MAGIC UINT32_C(0x5353424f)   /* "OBSS" */
#define FORMAT_END UINT32_C(0x4553424f)     /* "OBSE" */
#define FORMAT_NUMBER 2u                    /* another layout, another number */

/* For a board that no module holds, in place of the module's number. */
#define FORMAT_NO_MODULE UINT32_C(0xffffffff)

#endif
