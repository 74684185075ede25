/* SPDX-License-Identifier: MIT */
/*
 * Numbers the mutants of check_model.h, and includes that file once for each:
 * type_0 is the model without a fault, type_1 the first mutant, and so on.
 */
#define MUTANT_GOOD                   0
#define MUTANT_STATIC_COUNT           1
#define MUTANT_WALL_CLOCK             2
#define MUTANT_IRQ_PAST_LIST          3
#define MUTANT_IRQ_IN_CREATE          4
#define MUTANT_RAW_STORED             5
#define MUTANT_STATUS_WRITABLE        6
#define MUTANT_RESET_FORGOTTEN        7
#define MUTANT_RESET_MEMBER_FORGOTTEN 8
#define MUTANT_RESET_LINES_FORGOTTEN  9
#define MUTANT_CLOCK_NOT_DRIVEN       10
#define MUTANT_RESTORED_FORGOTTEN     11
#define MUTANT_RESTORED_REFUSES       12
#define MUTANT_RESTORED_STARTS        13
#define MUTANT_DERIVED_FORGOTTEN      14
#define MUTANT_SAVED_FORGOTTEN        15
#define MUTANT_SAVED_COUNT_FORGOTTEN  16
#define MUTANT_SAVED_TIME_FORGOTTEN   17
#define MUTANT_UPDATE_FORGOTTEN       18
#define MUTANT_PIN_NOT_PASSED_ON      19
#define MUTANT_RELATIVE_DEADLINE      20
#define MUTANT_STOPPED_CLOCK          21
#define MUTANT_DISTANT_DEADLINE           22
#define MUTANT_STORM                  23
#define MUTANT_NO_PERIOD              24
#define MUTANT_CANCEL_FORGOTTEN       25
#define MUTANT_CLOCK_IGNORED          26
#define MUTANT_PERIOD_WRONG           27
#define MUTANT_RESET_VALUE_WRONG      28
#define MUTANT_OUTPUT_WRONG           29
#define MUTANT_ACCESS_AND_FIELDS      30
#define MUTANT_COUNT_PAST_ARRAY       31
#define MUTANT_SAME_BYTES             32
#define MUTANT_REG_PAST_REGION        33
#define MUTANT_TIMER_NO_FUNCTION      34
#define MUTANT_SAVED_PROPERTY         35

#define MUTANT MUTANT_GOOD
#include "check_model.h"
#define MUTANT MUTANT_STATIC_COUNT
#include "check_model.h"
#define MUTANT MUTANT_WALL_CLOCK
#include "check_model.h"
#define MUTANT MUTANT_IRQ_PAST_LIST
#include "check_model.h"
#define MUTANT MUTANT_IRQ_IN_CREATE
#include "check_model.h"
#define MUTANT MUTANT_RAW_STORED
#include "check_model.h"
#define MUTANT MUTANT_STATUS_WRITABLE
#include "check_model.h"
#define MUTANT MUTANT_RESET_FORGOTTEN
#include "check_model.h"
#define MUTANT MUTANT_RESET_MEMBER_FORGOTTEN
#include "check_model.h"
#define MUTANT MUTANT_RESET_LINES_FORGOTTEN
#include "check_model.h"
#define MUTANT MUTANT_CLOCK_NOT_DRIVEN
#include "check_model.h"
#define MUTANT MUTANT_RESTORED_FORGOTTEN
#include "check_model.h"
#define MUTANT MUTANT_RESTORED_REFUSES
#include "check_model.h"
#define MUTANT MUTANT_RESTORED_STARTS
#include "check_model.h"
#define MUTANT MUTANT_DERIVED_FORGOTTEN
#include "check_model.h"
#define MUTANT MUTANT_SAVED_FORGOTTEN
#include "check_model.h"
#define MUTANT MUTANT_SAVED_COUNT_FORGOTTEN
#include "check_model.h"
#define MUTANT MUTANT_SAVED_TIME_FORGOTTEN
#include "check_model.h"
#define MUTANT MUTANT_UPDATE_FORGOTTEN
#include "check_model.h"
#define MUTANT MUTANT_PIN_NOT_PASSED_ON
#include "check_model.h"
#define MUTANT MUTANT_RELATIVE_DEADLINE
#include "check_model.h"
#define MUTANT MUTANT_STOPPED_CLOCK
#include "check_model.h"
#define MUTANT MUTANT_DISTANT_DEADLINE
#include "check_model.h"
#define MUTANT MUTANT_STORM
#include "check_model.h"
#define MUTANT MUTANT_NO_PERIOD
#include "check_model.h"
#define MUTANT MUTANT_CANCEL_FORGOTTEN
#include "check_model.h"
#define MUTANT MUTANT_CLOCK_IGNORED
#include "check_model.h"
#define MUTANT MUTANT_PERIOD_WRONG
#include "check_model.h"
#define MUTANT MUTANT_RESET_VALUE_WRONG
#include "check_model.h"
#define MUTANT MUTANT_OUTPUT_WRONG
#include "check_model.h"
#define MUTANT MUTANT_ACCESS_AND_FIELDS
#include "check_model.h"
#define MUTANT MUTANT_COUNT_PAST_ARRAY
#include "check_model.h"
#define MUTANT MUTANT_SAME_BYTES
#include "check_model.h"
#define MUTANT MUTANT_REG_PAST_REGION
#include "check_model.h"
#define MUTANT MUTANT_TIMER_NO_FUNCTION
#include "check_model.h"
#define MUTANT MUTANT_SAVED_PROPERTY
#include "check_model.h"
