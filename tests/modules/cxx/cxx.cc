/* SPDX-License-Identifier: MIT */
/*
 * A model in C++ that needs its library: containers, text, exceptions and a
 * function of libm, each behind a register.
 */
#include <cmath>
#include <map>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include <outboard/outboard.h>

OB_MODINFO("name", "cxx");
OB_MODINFO("license", "MIT");
OB_MODINFO("objs", "cxx-sums");

namespace {

enum { SUM = 0x0, CAUGHT = 0x4, TEXT = 0x8, ROOT = 0xc };

struct Sums {
    std::vector<uint32_t> numbers;
    std::map<std::string, uint32_t> caught;
};

struct State {
    Sums *sums;
};

Sums &sums(struct ob_dev *dev)
{
    return *static_cast<State *>(dev->state)->sums;
}

/* Throws each time, and catches it: an exception must not leave the model. */
uint32_t caught(Sums &s)
{
    try {
        return s.numbers.at(s.numbers.size());
    } catch (const std::out_of_range &e) {
        return ++s.caught[e.what()];
    }
}

uint64_t sums_read(struct ob_dev *dev, uint32_t, uint64_t offset, uint32_t)
{
    Sums &s = sums(dev);

    switch (offset) {
    case SUM:
        return std::accumulate(s.numbers.begin(), s.numbers.end(), 0u);
    case CAUGHT:
        return caught(s);
    case TEXT:
        return std::stoul("0x" + std::to_string(s.numbers.back()), nullptr,
                          16);
    case ROOT:
        return static_cast<uint32_t>(std::lround(1e6 * std::sqrt(
            static_cast<double>(s.numbers.front()))));
    default:
        return 0;
    }
}

int32_t sums_create(struct ob_dev *dev)
{
    static_cast<State *>(dev->state)->sums = new Sums;
    return OB_OK;
}

void sums_destroy(struct ob_dev *dev)
{
    delete static_cast<State *>(dev->state)->sums;
}

void sums_reset(struct ob_dev *dev, uint32_t)
{
    sums(dev).numbers = { 2, 40, 1000 };
    sums(dev).caught.clear();
}

const struct ob_region regions[] = {
    { "regs", 0x100, 0, 0, 4, 4, 4, 4, 0, {}, sums_read, nullptr, 0, 0 },
};

const struct ob_device_type sums_type = {
    sizeof(struct ob_device_type), 0, 0, sizeof(State), "cxx-sums",
    "sums in C++", 1, 1, 0, {}, OB_ARRAY(regions), {}, {}, {}, {}, {}, {}, {}, {},
    sums_create, sums_destroy, sums_reset, nullptr,
};
const struct ob_device_type *const types[] = { &sums_type };

}

const struct ob_module OB_MODULE_SYMBOL = {
    sizeof(struct ob_module), OB_ABI_MAJOR, OB_ABI_NEEDS, 0, 0, "cxx", "1.0",
    "MIT", nullptr, OB_ARRAY(types), {},
};
