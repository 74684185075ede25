/* SPDX-License-Identifier: MIT */
/* Live devices: properties, life, services, and models that misbehave. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <outboard/bench.h>

struct st {
    uint8_t on;
    uint16_t depth;
    uint64_t size;
    const char *label;
    const struct ob_link *peer;
    uint32_t mode;
    uint32_t cmd, hits, resets, room, got;
    int32_t level;
    uint64_t fired_at[8];
    uint32_t fired;
    uint8_t bytes[16];
};

/* What the model is told to do by a write to CMD. */
enum { CMD_IRQ_UP = 1, CMD_IRQ_DOWN, CMD_BAD_INDEX, CMD_BAD_LINK, CMD_BAD_KIND,
       CMD_CLOCK_IN, CMD_ODD_FORWARD, CMD_FAIL, CMD_LOOP, CMD_PAST,
       CMD_REQUEST, CMD_BAD_REQUEST, CMD_FORWARD, CMD_LOOP_TWICE };

/* How create(), destroy() and reset() behave: by the label property. */
static bool labelled(struct ob_dev *dev, const char *text)
{
    struct st *s = ob_state(dev);

    return s->label && !strcmp(s->label, text);
}

static void cmd_bad_index(struct ob_dev *dev)
{
    ob_irq_set(dev, 2, 0, true);
    ob_output_set(dev, 1, 0, 1);
    ob_output_set(dev, 0, 2, 1);
    ob_timer_arm(dev, 2, 0, 0);
    ob_timer_cancel(dev, 0xffffffff, 0);
    (void)ob_timer_deadline(dev, 2, 0);
    (void)ob_clock_hz(dev, 9, 0);
    ob_clock_drive_hz(dev, 9, 0, 1);
    ob_chr_send(dev, 1, 0, (const uint8_t *)"x", 1);
    ob_chr_ready(dev, 1, 0);
}

static void cmd_write(struct ob_dev *dev, const struct ob_reg_write *w)
{
    struct st *s = ob_state(dev);
    uint64_t v = 0;

    s->hits++;
    switch (w->value) {
    case CMD_IRQ_UP:
    case CMD_IRQ_DOWN: ob_irq_set(dev, 0, 0, w->value == CMD_IRQ_UP); break;
    case CMD_BAD_INDEX: cmd_bad_index(dev); break;
    case CMD_BAD_LINK:
        assert_int_equal(ob_link_read(dev, NULL, 0, 0, 4, &v), OB_E_FAULT);
        assert_int_equal(ob_mem_read(dev, (const struct ob_link *)s, 0, &v, 4),
                         OB_E_FAULT);
        break;
    case CMD_BAD_KIND: ob_log(dev, 9, "odd"); break;
    case CMD_CLOCK_IN: ob_clock_drive_hz(dev, 0, 0, 1); break;
    case CMD_ODD_FORWARD:
        assert_int_equal(ob_link_read(dev, s->peer, 0, 0, 3, &v), OB_E_FAULT);
        break;
    case CMD_FAIL:
        assert_int_equal(ob_refuse(dev, "too late"), OB_E_INVALID);
        break;
    case CMD_LOOP:
        /* Told at once by the peer, and so on. */
        (void)ob_link_write(dev, s->peer, 0, 0, 4, CMD_LOOP);
        break;
    case CMD_LOOP_TWICE:
        /* Twice at each turn: depth alone would allow 2^24 of them. */
        s->got++;
        (void)ob_link_write(dev, s->peer, 0, 0, 4, CMD_LOOP_TWICE);
        (void)ob_link_write(dev, s->peer, 0, 0, 4, CMD_LOOP_TWICE);
        break;
    case CMD_PAST: ob_timer_arm(dev, 0, 0, 0); break;
    case CMD_REQUEST: ob_machine_request(dev, OB_MACHINE_POWEROFF); break;
    case CMD_BAD_REQUEST: ob_machine_request(dev, 77); break;
    case CMD_FORWARD:
        s->got = (uint32_t)ob_link_write(dev, s->peer, 0, 4, 4, 0x1234);
        break;
    default: break;
    }
}

static void services_all(struct ob_dev *dev)
{
    uint8_t byte = 0;

    ob_irq_set(dev, 0, 0, true);
    ob_output_set(dev, 0, 0, 1);
    ob_timer_arm(dev, 0, 0, 5);
    ob_timer_cancel(dev, 0, 0);
    ob_clock_drive_hz(dev, 1, 0, 1);
    ob_chr_send(dev, 0, 0, &byte, 1);
    ob_chr_ready(dev, 0, 0);
    assert_int_equal(ob_mem_read(dev, NULL, 0, &byte, 1), OB_E_FAULT);
    assert_int_equal(ob_mem_write(dev, NULL, 0, &byte, 1), OB_E_FAULT);
    ob_machine_request(dev, OB_MACHINE_RESET);
}

static int32_t all_create(struct ob_dev *dev)
{
    if (labelled(dev, "refuse"))
        return ob_refuse(dev, "depth %u is odd\nor so", 3);
    if (labelled(dev, "twice")) {
        assert_int_equal(ob_refuse(dev, "the reason"), OB_E_INVALID);
        return ob_refuse(dev, "what follows from it");
    }
    if (labelled(dev, "silent"))
        return -5;
    if (labelled(dev, "early")) {
        services_all(dev);
        (void)ob_now_ns(dev);
        (void)ob_clock_hz(dev, 0, 0);
        (void)ob_timer_deadline(dev, 0, 0);
    }
    return 0;
}

static void all_destroy(struct ob_dev *dev)
{
    if (labelled(dev, "late"))
        services_all(dev);
}

static void all_reset(struct ob_dev *dev, uint32_t kind)
{
    struct st *s = ob_state(dev);

    s->resets++;
    s->fired = 0;
    ob_irq_set(dev, 0, 0, labelled(dev, "high"));
}

static void in_changed(struct ob_dev *dev, uint32_t input, uint32_t n,
                       int32_t level)
{
    struct st *s = ob_state(dev);

    s->level = level;
    s->hits++;
    /* An oscillator, if it is wired to itself. */
    if (n == 1)
        ob_output_set(dev, 0, 0, !level);
}

static void clk_changed(struct ob_dev *dev, uint32_t clock, uint32_t n)
{
    struct st *s = ob_state(dev);

    s->got = (uint32_t)ob_clock_hz(dev, 0, 0);
    ob_clock_drive_hz(dev, 1, 0, s->got / 2);
}

static void tick(struct ob_dev *dev, uint32_t timer, uint32_t n)
{
    struct st *s = ob_state(dev);

    s->fired_at[s->fired++ & 7] = ob_now_ns(dev);
    if (labelled(dev, "forever"))
        ob_timer_arm(dev, 0, 0, ob_now_ns(dev));
    if (labelled(dev, "periodic"))
        ob_timer_arm(dev, 0, 0, ob_now_ns(dev) + 10);
}

static uint32_t chr_room(struct ob_dev *dev, uint32_t chardev, uint32_t n)
{
    struct st *s = ob_state(dev);

    return s->room;
}

static void chr_receive(struct ob_dev *dev, uint32_t chardev, uint32_t n,
                        const uint8_t *bytes, uint32_t count)
{
    struct st *s = ob_state(dev);

    for (uint32_t n = 0; n < count && s->got < sizeof(s->bytes); n++)
        s->bytes[s->got++] = bytes[n];
    s->room -= count;
}

static const char *const modes[] = { "slow", "fast", NULL };
static const struct ob_prop props[] = {
    { OB_PROP_BOOL_AT("on", struct st, on), .def = 1 },
    { OB_PROP_UINT_AT("depth", struct st, depth), .min = 1, .max = 16,
      .def = 8 },
    { OB_PROP_SIZE_AT("size", struct st, size) },
    { OB_PROP_STRING_AT("label", struct st, label), .def_text = "none" },
    { OB_PROP_LINK_AT("peer", struct st, peer) },
    { OB_PROP_ENUM_AT("mode", struct st, mode), .choices = modes, .def = 1 },
};
static const struct ob_reg regs[] = {
    { OB_REG32("CMD", 0, struct st, cmd), .on_write = cmd_write },
    { OB_REG32("HITS", 4, struct st, hits) },
};
static const struct ob_region regions[] = {
    { .name = "regs", .bytes = 0x10, .regs = OB_ARRAY(regs) },
};
static const struct ob_irq irqs[] = { { .name = "a" }, { .name = "b" } };
static const struct ob_gpio inputs[] = {
    { .name = "in", .count = 2, .changed = in_changed },
};
static const struct ob_gpio outputs[] = { { .name = "out", .count = 2 } };
static const struct ob_clock clocks[] = {
    { .name = "clk", .direction = OB_CLOCK_IN, .changed = clk_changed },
    { .name = "half", .direction = OB_CLOCK_OUT },
};
static const struct ob_timer timers[] = { { .name = "tick", .expired = tick },
    { .name = "tock", .expired = tick } };
static const struct ob_chardev chardevs[] = {
    { .name = "chardev", .room = chr_room, .receive = chr_receive,
      .event = NULL },
};
static const struct ob_device_type all_type = {
    .size = sizeof(all_type), .name = "acme-all",
    .state_bytes = sizeof(struct st), .state_version = 1, .state_oldest = 1,
    .props = OB_ARRAY(props), .regions = OB_ARRAY(regions),
    .irqs = OB_ARRAY(irqs), .inputs = OB_ARRAY(inputs),
    .outputs = OB_ARRAY(outputs), .clocks = OB_ARRAY(clocks),
    .timers = OB_ARRAY(timers), .chardevs = OB_ARRAY(chardevs),
    .create = all_create, .destroy = all_destroy, .reset = all_reset,
};
static const struct ob_prop must[] = {
    { .name = "bus", .type = OB_PROP_LINK, .flags = OB_PROP_REQUIRED },
};
static const struct ob_device_type must_type = {
    .size = sizeof(must_type), .name = "acme-must", .state_bytes = 8,
    .state_version = 1, .state_oldest = 1, .props = OB_ARRAY(must),
};
static const struct ob_device_type *const types[] = { &all_type, &must_type };
static const struct ob_module module = {
    OB_MODULE_HEAD("acme", "1", "MIT"), .devices = OB_ARRAY(types),
};

static struct ob_bench *bench;

static int set_up(void **unused)
{
    (void)unused;
    bench = ob_bench_new();
    ob_bench_strict(bench, false);
    return ob_bench_module(bench, &module);
}

static int tear_down(void **unused)
{
    (void)unused;
    /* Each test ends its bench, and says how many mistakes it expects. */
    return bench ? -1 : 0;
}

static void end(uint32_t mistakes)
{
    struct ob_bench *b = bench;

    bench = NULL;
    assert_int_equal(ob_bench_free(b), mistakes);
}

static struct ob_bench_dev *make(const char *id, const char *with)
{
    struct ob_bench_dev *d = ob_bench_make(bench, "acme-all", id, with);

    if (!d)
        fail_msg("%s", ob_bench_error(bench));
    return d;
}

/* --- properties ----------------------------------------------------------- */

static void test_props_defaults_reach_the_state(void **unused)
{
    struct st *s = ob_bench_state(make("x", NULL));

    (void)unused;
    assert_int_equal(s->on, 1);
    assert_int_equal(s->depth, 8);
    assert_int_equal(s->mode, 1);
    assert_string_equal(s->label, "none");
    assert_null(s->peer);
    end(0);
}

static void test_props_set_reach_the_state(void **unused)
{
    struct st *s;

    (void)unused;
    make("y", NULL);
    s = ob_bench_state(make("x", "on=off,depth=0x10,size=4 MiB,label=hi,"
                                 "peer=y,mode=slow"));
    assert_int_equal(s->on, 0);
    assert_int_equal(s->depth, 16);
    assert_int_equal(s->size, 4 << 20);
    assert_int_equal(s->mode, 0);
    assert_string_equal(s->label, "hi");
    assert_non_null(s->peer);
    end(0);
}

static void test_props_bad_values_are_told_what(void **unused)
{
    static const struct {
        const char *with, *text;
    } bad[] = {
        { "depth=17", "acme-all x: property depth: 17 is out of range; use 1 "
                      "to 16" },
        { "depth=0", "acme-all x: property depth: 0 is out of range; use 1 to "
                     "16" },
        { "depth=many", "acme-all x: property depth: cannot take \"many\"; "
                        "use a number" },
        { "on=maybe", "acme-all x: property on: cannot take \"maybe\"; use on "
                      "or off" },
        { "size=4 furlongs", "acme-all x: property size: cannot take \"4 "
                             "furlongs\"; use a size such as \"4 MiB\"" },
        { "mode=medium", "acme-all x: property mode: \"medium\" is not one of "
                         "its choices; use slow, fast" },
        { "peer=nobody", "acme-all x: property peer: no device is named "
                         "\"nobody\"; make it first" },
        { "dept=1", "acme-all x: has no property \"dept\"; did you mean "
                    "depth" },
        { "depth", "acme-all x: \"depth\" is not a property; use "
                   "name=value,name=value" },
        { "label=refuse", "acme-all x: depth 3 is odd\\x0aor so" },
        { "label=twice", "acme-all x: the reason" },
        { "label=silent",
          "acme-all x: the model's create refuses without "
          "saying why (returned -5); ask its author for ob_refuse()" },
    };

    (void)unused;
    for (size_t n = 0; n < sizeof(bad) / sizeof(bad[0]); n++) {
        assert_null(ob_bench_make(bench, "acme-all", "x", bad[n].with));
        assert_string_equal(ob_bench_error(bench), bad[n].text);
    }
    end(0);
}

static void test_props_required_unset_is_refused(void **unused)
{
    (void)unused;
    assert_null(ob_bench_make(bench, "acme-must", "m", NULL));
    assert_string_equal(ob_bench_error(bench), "acme-must m: property bus: is "
                                               "required and not set; set it");
    end(0);
}

static void test_props_after_create_are_fixed(void **unused)
{
    struct ob_bench_dev *d = make("x", NULL);

    (void)unused;
    assert_int_equal(ob_bench_set(d, "depth", "3"), OB_E_INVALID);
    assert_string_equal(ob_bench_error(bench),
                        "acme-all x: property depth: is fixed once the part "
                        "is made; set it before");
    assert_int_equal(ob_bench_create(d), OB_E_INVALID);
    assert_string_equal(ob_bench_error(bench), "acme-all x: is created "
                                               "already");
    end(0);
}

/* --- life ----------------------------------------------------------------- */

static void test_life_before_create_nothing_answers(void **unused)
{
    struct ob_bench_dev *d = ob_bench_dev_new(bench, "acme-all", "x");

    (void)unused;
    ob_bench_write32(d, 0, 0, CMD_IRQ_UP);
    assert_int_equal(ob_bench_read32(d, 0, 4), 0);
    ob_bench_input(d, 0, 0, 1);
    ob_bench_clock_set(d, 0, 0, 100);
    ob_bench_reset(d);
    assert_int_equal(((struct st *)ob_bench_state(d))->hits, 0);
    assert_int_equal(((struct st *)ob_bench_state(d))->resets, 0);
    end(0);
}

static void test_life_refused_create_can_be_tried_again(void **unused)
{
    struct ob_bench_dev *d = ob_bench_dev_new(bench, "acme-all", "x");

    (void)unused;
    assert_int_equal(ob_bench_set(d, "label", "refuse"), 0);
    assert_int_equal(ob_bench_create(d), OB_E_INVALID);
    assert_int_equal(ob_bench_set(d, "label", "fine"), 0);
    assert_int_equal(ob_bench_create(d), 0);
    end(0);
}

static void test_life_services_from_create_are_mistakes(void **unused)
{
    struct ob_bench_dev *d = make("x", "label=early");

    (void)unused;
    assert_int_equal(ob_bench_mistakes(bench), 10);
    assert_string_equal(ob_bench_log_line(bench, 0),
                        "acme-all x: irq_set: called from create");
    assert_int_equal(ob_bench_log_kind(bench, 0), OB_LOG_MISTAKE);
    assert_int_equal(ob_bench_irq(d, 0, 0), 0);
    assert_int_equal(ob_bench_request_take(bench), 0);
    end(10);
}

static void test_life_services_from_destroy_are_mistakes(void **unused)
{
    struct ob_bench_dev *d = make("x", "label=late");

    (void)unused;
    ob_bench_dev_free(d);
    assert_string_equal(ob_bench_log_line(bench, 0),
                        "acme-all x: irq_set: called from destroy");
    end(10);
}

static void test_reset_drives_lines_again(void **unused)
{
    struct ob_bench_dev *d = make("x", "label=high");
    struct ob_bench_dev *to = make("y", NULL);

    (void)unused;
    assert_true(ob_bench_irq(d, 0, 0));
    ob_bench_wire_irq(d, 0, 0, to, 0, 0);
    assert_int_equal(((struct st *)ob_bench_state(to))->level, 1);
    /* As an interrupt controller that has forgotten its inputs. */
    ob_bench_input(to, 0, 0, 0);
    ob_bench_reset(d);
    assert_int_equal(((struct st *)ob_bench_state(to))->level, 1);
    end(0);
}

static void test_reset_disarms_timers(void **unused)
{
    struct ob_bench_dev *d = make("x", NULL);

    (void)unused;
    ob_bench_write32(d, 0, 0, CMD_PAST);
    assert_int_equal(ob_bench_next_deadline(bench), 0);
    ob_bench_reset(d);
    assert_true(ob_bench_next_deadline(bench) == UINT64_MAX);
    end(0);
}

/* --- services ------------------------------------------------------------- */

static void test_irq_repeats_are_free(void **unused)
{
    struct ob_bench_dev *d = make("x", NULL);

    (void)unused;
    ob_bench_write32(d, 0, 0, CMD_IRQ_UP);
    ob_bench_write32(d, 0, 0, CMD_IRQ_UP);
    assert_int_equal(ob_bench_irq_rises(d, 0, 0), 1);
    ob_bench_write32(d, 0, 0, CMD_IRQ_DOWN);
    ob_bench_write32(d, 0, 0, CMD_IRQ_UP);
    assert_int_equal(ob_bench_irq_rises(d, 0, 0), 2);
    end(0);
}

static void test_input_repeats_are_not_told(void **unused)
{
    struct ob_bench_dev *d = make("x", NULL);
    struct st *s = ob_bench_state(d);

    (void)unused;
    ob_bench_input(d, 0, 0, 0);
    assert_int_equal(s->hits, 0);
    ob_bench_input(d, 0, 0, 5);
    ob_bench_input(d, 0, 0, 5);
    assert_int_equal(s->hits, 1);
    assert_int_equal(s->level, 5);
    end(0);
}

static void test_input_before_create_is_told_after_reset(void **unused)
{
    struct ob_bench_dev *d = ob_bench_dev_new(bench, "acme-all", "x");
    struct st *s = ob_bench_state(d);

    (void)unused;
    ob_bench_input(d, 0, 0, 3);
    assert_int_equal(s->hits, 0);
    assert_int_equal(ob_bench_create(d), 0);
    assert_int_equal(s->level, 3);
    ob_bench_reset(d);
    /* Once: a model keeps its inputs' levels over later resets. */
    assert_int_equal(s->hits, 0);
    end(0);
}

static void test_services_bad_indices_are_mistakes(void **unused)
{
    static const char *const lines[] = {
        "acme-all x: irq_set: index 2 is past the 2 declared",
        "acme-all x: output_set: index 1 is past the 1 declared",
        "acme-all x: output_set: index 2 is past the 2 declared",
        "acme-all x: timer_arm: index 2 is past the 2 declared",
        "acme-all x: timer_cancel: index 4294967295 is past the 2 declared",
        "acme-all x: timer_deadline: index 2 is past the 2 declared",
        "acme-all x: clock_period: index 9 is past the 2 declared",
        "acme-all x: clock_drive: index 9 is past the 2 declared",
        "acme-all x: chr_send: index 1 is past the 1 declared",
        "acme-all x: chr_ready: index 1 is past the 1 declared",
    };

    (void)unused;
    ob_bench_write32(make("x", NULL), 0, 0, CMD_BAD_INDEX);
    assert_int_equal(ob_bench_log_count(bench), 10);
    for (uint32_t n = 0; n < 10; n++)
        assert_string_equal(ob_bench_log_line(bench, n), lines[n]);
    end(10);
}

static void test_services_odd_arguments_are_mistakes(void **unused)
{
    static const struct {
        uint32_t cmd;
        const char *line;
    } odd[] = {
        { CMD_BAD_LINK, "acme-all x: link_read: the link is not one of this "
                        "part's" },
        { CMD_BAD_KIND, "acme-all x: log_line: 9 is not a kind of line" },
        { CMD_CLOCK_IN, "acme-all x: clock_drive: clock clk is an input" },
        { CMD_ODD_FORWARD, "acme-all x: link_read: an access of 3 bytes; 1, "
                           "2, 4 and 8 exist" },
        { CMD_FAIL, "acme-all x: refuse: called from neither create nor "
                    "restored: too late" },
        { CMD_BAD_REQUEST,
          "acme-all x: machine_request: 77 is not a request" },
    };
    struct ob_bench_dev *d;

    (void)unused;
    make("y", NULL);
    d = make("x", "peer=y");
    for (size_t n = 0; n < sizeof(odd) / sizeof(odd[0]); n++) {
        ob_bench_log_clear(bench);
        ob_bench_write32(d, 0, 0, odd[n].cmd);
        assert_string_equal(ob_bench_log_line(bench, 0), odd[n].line);
    }
    end(7);
}

static void test_services_endless_loop_is_cut(void **unused)
{
    struct ob_bench_dev *a = ob_bench_dev_new(bench, "acme-all", "a");
    struct ob_bench_dev *b = make("b", "peer=a");

    (void)unused;
    assert_int_equal(ob_bench_link(a, "peer", b), 0);
    assert_int_equal(ob_bench_create(a), 0);
    ob_bench_write32(a, 0, 0, CMD_LOOP);
    assert_int_equal(ob_bench_mistakes(bench), 1);
    assert_string_equal(ob_bench_log_line(bench, 0),
                        "acme-all a: link_write: 24 calls deep, a loop "
                        "between parts");
    end(1);
}

static void test_services_branching_loop_is_cut(void **unused)
{
    struct ob_bench_dev *a = ob_bench_dev_new(bench, "acme-all", "a");
    struct ob_bench_dev *b = make("b", "peer=a");

    (void)unused;
    assert_int_equal(ob_bench_link(a, "peer", b), 0);
    assert_int_equal(ob_bench_create(a), 0);
    for (uint32_t turn = 1; turn <= 2; turn++) {
        ob_bench_write32(a, 0, 0, CMD_LOOP_TWICE);
        /* Each of the two calls from outside the loop is cut for itself. */
        assert_int_equal(ob_bench_mistakes(bench), 2 * turn);
        assert_in_range(((struct st *)ob_bench_state(a))->got, 24, 99 * turn);
        assert_in_range(((struct st *)ob_bench_state(b))->got, 24, 99 * turn);
    }
    /* And the device still works. */
    ob_bench_write32(a, 0, 0, CMD_FORWARD);
    assert_int_equal(ob_bench_read32(b, 0, 4), 0x1234);
    end(4);
}

static void test_services_oscillating_wire_is_cut(void **unused)
{
    struct ob_bench_dev *d = make("x", NULL);

    (void)unused;
    ob_bench_wire(d, 0, 0, d, 0, 1);
    ob_bench_input(d, 0, 1, 7);
    assert_true(ob_bench_log_has(bench, "output_set: 24 calls deep"));
    /* And the device still works. */
    ob_bench_write32(d, 0, 0, CMD_IRQ_UP);
    assert_true(ob_bench_irq(d, 0, 0));
    end(1);
}

static void test_link_forwards_an_access(void **unused)
{
    struct ob_bench_dev *y = make("y", NULL), *x = make("x", "peer=y");

    (void)unused;
    ob_bench_write32(x, 0, 0, CMD_FORWARD);
    assert_int_equal(((struct st *)ob_bench_state(x))->got, 0);
    assert_int_equal(ob_bench_read32(y, 0, 4), 0x1234);
    end(0);
}

static void test_link_to_a_gone_part_faults(void **unused)
{
    struct ob_bench_dev *y = make("y", NULL), *x = make("x", "peer=y");

    (void)unused;
    ob_bench_dev_free(y);
    ob_bench_write32(x, 0, 0, CMD_FORWARD);
    assert_int_equal((int32_t)((struct st *)ob_bench_state(x))->got,
                     OB_E_FAULT);
    end(1);
}

static void test_timer_in_the_past_waits_for_the_call_to_end(void **unused)
{
    struct ob_bench_dev *d = make("x", NULL);
    struct st *s = ob_bench_state(d);

    (void)unused;
    ob_bench_step(bench, 100);
    ob_bench_write32(d, 0, 0, CMD_PAST);
    assert_int_equal(s->fired, 0);
    ob_bench_step(bench, 0);
    assert_int_equal(s->fired, 1);
    assert_int_equal(s->fired_at[0], 100);
    end(0);
}

static void test_timer_periodic_keeps_its_times(void **unused)
{
    struct ob_bench_dev *d = make("x", "label=periodic");
    struct st *s = ob_bench_state(d);

    (void)unused;
    ob_bench_write32(d, 0, 0, CMD_PAST);
    ob_bench_step(bench, 25);
    assert_int_equal(s->fired, 3);
    assert_int_equal(s->fired_at[1], 10);
    assert_int_equal(s->fired_at[2], 20);
    assert_int_equal(ob_bench_now(bench), 25);
    end(0);
}

static void test_timer_endless_present_is_cut(void **unused)
{
    struct ob_bench_dev *d = make("x", "label=forever");

    (void)unused;
    ob_bench_write32(d, 0, 0, CMD_PAST);
    ob_bench_step(bench, 5);
    assert_string_equal(ob_bench_log_line(bench, 0),
                        "acme-all x: timers are armed for the present without "
                        "end");
    assert_int_equal(ob_bench_now(bench), 5);
    end(1);
}

static void test_clock_reaches_the_model_and_beyond(void **unused)
{
    struct ob_bench_dev *x = make("x", NULL), *y = make("y", NULL);

    (void)unused;
    ob_bench_wire_clock(x, 1, 0, y, 0, 0);
    ob_bench_clock_set(x, 0, 0, 1000);
    assert_int_equal(ob_bench_clock_hz(x, 1, 0), 500);
    assert_int_equal(ob_bench_clock_hz(y, 0, 0), 500);
    assert_int_equal(ob_bench_clock_hz(y, 1, 0), 250);
    end(0);
}

static void test_chr_never_exceeds_the_room(void **unused)
{
    struct ob_bench_dev *d = make("x", NULL);
    struct st *s = ob_bench_state(d);

    (void)unused;
    s->room = 3;
    assert_int_equal(ob_bench_chr_feed(d, 0, 0, "abcdef", 6), 3);
    assert_memory_equal(s->bytes, "abc", 3);
    assert_int_equal(s->got, 3);
    s->room = 1;
    assert_int_equal(ob_bench_chr_feed(d, 0, 0, "", 0), 2);
    assert_memory_equal(s->bytes, "abcd", 4);
    end(0);
}

static void test_machine_requests_are_kept_in_order(void **unused)
{
    struct ob_bench_dev *d = make("x", NULL);

    (void)unused;
    ob_bench_write32(d, 0, 0, CMD_REQUEST);
    assert_int_equal(ob_bench_request_take(bench), OB_MACHINE_POWEROFF);
    assert_int_equal(ob_bench_request_take(bench), 0);
    end(0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_props_defaults_reach_the_state),
        T(test_props_set_reach_the_state),
        T(test_props_bad_values_are_told_what),
        T(test_props_required_unset_is_refused),
        T(test_props_after_create_are_fixed),
        T(test_life_before_create_nothing_answers),
        T(test_life_refused_create_can_be_tried_again),
        T(test_life_services_from_create_are_mistakes),
        T(test_life_services_from_destroy_are_mistakes),
        T(test_reset_drives_lines_again),
        T(test_reset_disarms_timers),
        T(test_irq_repeats_are_free),
        T(test_input_repeats_are_not_told),
        T(test_input_before_create_is_told_after_reset),
        T(test_services_bad_indices_are_mistakes),
        T(test_services_odd_arguments_are_mistakes),
        T(test_services_endless_loop_is_cut),
        T(test_services_branching_loop_is_cut),
        T(test_services_oscillating_wire_is_cut),
        T(test_link_forwards_an_access),
        T(test_link_to_a_gone_part_faults),
        T(test_timer_in_the_past_waits_for_the_call_to_end),
        T(test_timer_periodic_keeps_its_times),
        T(test_timer_endless_present_is_cut),
        T(test_clock_reaches_the_model_and_beyond),
        T(test_chr_never_exceeds_the_room),
        T(test_machine_requests_are_kept_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
