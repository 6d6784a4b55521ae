/* Numbers read bit for bit as strtod reads them, and written so that they read back. */
#include "api/number.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>

static uint64_t state = 20240229;

static uint64_t draw(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static size_t multiplied(size_t n)
{
    const char *text = getenv("MLE_TEST_MULTIPLIER");
    return (size_t)((double)n * (text ? strtod(text, NULL) : 1.0));
}

/* The scanner, the reader of whole texts and the reader of cells against strtod. */
static void agrees(const char *text)
{
    size_t n = strlen(text);
    double truth = strtod(text, NULL), read = 7.0, cell = 7.0;
    enum mle_number_flaw flaw = mle_number_read(n, text, &read);
    assert_int_equal(mle_number_cell(n, text, &cell), flaw);
    bool is_zero = strspn(text, "-0.") == strcspn(text, "eE");
    if (isinf(truth)) {
        assert_int_equal(flaw, MLE_NUMBER_OVERFLOW);
        return;
    }
    if (test_bits_of(read) != test_bits_of(truth))
        print_error("%s\n", text);
    assert_bits_equal(read, truth);
    assert_bits_equal(cell, truth);
    assert_int_equal(flaw, truth == 0.0 && !is_zero ? MLE_NUMBER_UNDERFLOW : MLE_NUMBER_FINE);
}

static void chosen_numbers(void **unused)
{
    (void)unused;
    static const char *const texts[] = {
        "0",
        "-0",
        "0.0",
        "-0.0e-999",
        "1",
        "-1",
        "9007199254740993",
        "9007199254740992.5",
        "18446744073709551615",
        "18446744073709551616",
        "123456789012345678901234567890",
        "1e22",
        "1e23",
        "8.5e22",
        "1e-22",
        "1e308",
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "1.7976931348623159e308",
        "1e309",
        "1e400",
        "-1e400",
        "2.2250738585072014e-308",
        "2.2250738585072011e-308",
        "5e-324",
        "4.9e-324",
        "2.5e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "1e-400",
        "-1e-400",
        "0e999999999",
        "1e-999999999999999999999",
        "1e999999999999999999999",
        "0.000000000000000000000000000001",
        "3.14159265358979323846264338327950288",
        "6.02214076E+23",
        "1E5",
        "1e+5",
        "0.1",
        "0.3",
        "9223372036854775807",
        "9223372036854775808",
        "0.500000000000000166533453693773481063544",
        "1.00000000000000011102230246251565404236316680908203125",
        "1.00000000000000011102230246251565404236316680908203124",
        "1.00000000000000011102230246251565404236316680908203126",
        "7.2057594037927933e16",
        "100000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        agrees(texts[i]);
}

static void random_numbers(void **unused)
{
    (void)unused;
    char text[1200];
    for (size_t i = 0; i < multiplied(300000); i++) {
        uint64_t bits = draw();
        double x;
        memcpy(&x, &bits, sizeof x);
        if (!isfinite(x))
            continue;
        for (int digits = 15; digits <= 20; digits += 1 + (int)(draw() % 3)) {
            snprintf(text, sizeof text, "%.*g", digits, x);
            agrees(text);
        }
        if (i % 64 == 0) {
            snprintf(text, sizeof text, "%.*f", (int)(draw() % 800), x / 1e290);
            agrees(text);
        }
    }
    for (size_t i = 0; i < multiplied(300000); i++) {
        unsigned long long a = draw() >> draw() % 64, b = draw() >> draw() % 64;
        snprintf(text, sizeof text, "%llu.%llue%d", a, b, (int)(draw() % 700) - 350);
        agrees(text);
    }
}

/* Just below, at and just above the middle between two doubles, where the rounding is decided. */
static void halfway_numbers(void **unused)
{
    (void)unused;
    char text[1200];
    for (size_t i = 0; i < multiplied(20000); i++) {
        double x = ldexp((double)(draw() >> 11 | 1u), (int)(draw() % 120) - 100);
        double next = nextafter(x, INFINITY);
        int n = snprintf(text, sizeof text, "%.*Lf", 120, ((long double)x + (long double)next) / 2);
        agrees(text);
        text[n - 1] = '1';
        agrees(text);
    }
}

static void what_is_no_number(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        size_t at; /* of the byte that is wrong */
    } texts[] = {
        { "", 0 },    { "-", 1 },    { "+1", 0 },   { ".5", 0 },   { "5.", 2 },   { "01", 1 },
        { "-01", 2 }, { "1e", 2 },   { "1e+", 3 },  { "1.e5", 2 }, { "a", 0 },    { "1.5.2", 3 },
        { "1-2", 1 }, { "0x10", 1 }, { "1e5.", 3 }, { "--1", 1 },  { "1ee5", 2 }, { "00", 1 },
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        char padded[32] = "";
        double value = 7.0;
        enum mle_number_flaw flaw;
        memcpy(padded, texts[i].text, strlen(texts[i].text));
        const char *end = mle_number_scan(padded, &value, &flaw);
        assert_int_equal(end - padded, texts[i].at);
        assert_int_equal(mle_number_read(strlen(padded), padded, &value), MLE_NUMBER_MALFORMED);
    }
}

static void cells_are_more_liberal(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        double value;
    } fine[] = { { "+1", 1 },
                 { ".5", 0.5 },
                 { "5.", 5 },
                 { "007", 7 },
                 { "-.5", -.5 },
                 { "+5.e2", 500 },
                 { "00000000000000000000000012", 12 } };
    static const char *const bad[] = { "",    "+",  "-",   ".",   "e5",  "1 2", "0x1",
                                       "nan", "1e", "+-1", "1,5", "inf", "1e5x" };
    for (size_t i = 0; i < COUNT_OF(fine); i++) {
        double value = 7.0;
        assert_int_equal(mle_number_cell(strlen(fine[i].text), fine[i].text, &value),
                         MLE_NUMBER_FINE);
        assert_bits_equal(value, fine[i].value);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        double value = 7.0;
        assert_int_equal(mle_number_cell(strlen(bad[i]), bad[i], &value), MLE_NUMBER_MALFORMED);
    }
}

static void writes(double x, const char *expected)
{
    char text[MLE_NUMBER_TEXT + 1];
    size_t n = mle_number_text(x, text);
    assert_true(n > 0 && n <= MLE_NUMBER_TEXT);
    text[n] = '\0';
    if (expected)
        assert_string_equal(text, expected);
    double back = 7.0;
    assert_int_equal(mle_number_read(n, text, &back), MLE_NUMBER_FINE);
    assert_bits_equal(back, x);
}

static void written_numbers_are_short(void **unused)
{
    (void)unused;
    writes(0.1, "0.1");
    writes(0, "0");
    writes(-0.0, "-0");
    writes(100000, "100000");
    writes(-42, "-42");
    writes(1e15, "1000000000000000");
    writes(12345678901234567, "12345678901234568");
    writes(2.1, "2.1");
    writes(1e22, "1e+22");
    writes(1e-7, "1e-07");
    writes(0.00001, "0.00001");
    writes(5e-324, "5e-324");
    writes(1.7976931348623157e308, "1.7976931348623157e+308");
    writes(1.0 / 3, "0.3333333333333333");
}

static void written_numbers_read_back(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < multiplied(300000); i++) {
        uint64_t bits = draw();
        double x;
        memcpy(&x, &bits, sizeof x);
        if (!isfinite(x))
            continue;
        writes(x, NULL);
        writes(ldexp((double)(int64_t)draw(), -(int)(draw() % 100)), NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chosen_numbers),
        cmocka_unit_test(random_numbers),
        cmocka_unit_test(halfway_numbers),
        cmocka_unit_test(what_is_no_number),
        cmocka_unit_test(cells_are_more_liberal),
        cmocka_unit_test(written_numbers_are_short),
        cmocka_unit_test(written_numbers_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
