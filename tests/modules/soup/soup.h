/* SPDX-License-Identifier: MIT */
/* Macros as Arduino's and other embedded headers define them. */
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define abs(x) ((x) > 0 ? (x) : -(x))
#define round(x) ((x) >= 0 ? (long)((x) + 0.5) : (long)((x)-0.5))
#define constrain(v, lo, hi) ((v) < (lo) ? (lo) : ((v) > (hi) ? (hi) : (v)))
#define bit(b) (1UL << (b))
#define bitRead(value, n) (((value) >> (n)) & 1)
#define lowByte(w) ((unsigned char)((w) & 0xff))
#define highByte(w) ((unsigned char)((w) >> 8))
#define sq(x) ((x) * (x))
#define random(n) (4 % (n))
#define log(x) (x)
#define fail() abort()
#define reset() abort()
#define read(x) (x)
#define write(x) (x)
#define interrupts() (void)0
#define noInterrupts() (void)0
#define F(text) (text)
#define HIGH 0x1
#define LOW 0x0
#define INPUT 0x0
#define OUTPUT 0x1
#define DEFAULT 1
#define CHANGE 1
#define FALLING 2
#define RISING 3
#define PI 3.1415926535897932384626433832795
#define B1 1
#define _BV(b) (1 << (b))
#define IRQ 3
#define REG 4
#define MAX 5
#define MIN 6
#define BIT(n) (1u << (n))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
