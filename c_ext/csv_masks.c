#include "csv_masks.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/* Setting this bit makes letters lower case, leaves digits as they are, and makes some other bytes
 * look like either: starts are only candidates. */
enum { CASE_BIT = 0x20 };

/* ---- plain ---- */

static bool begins(const char *bytes, const struct csv_needle *needle)
{
    if (needle->length == 0 || (bytes[0] | CASE_BIT) != needle->folded[0]) return false;
    return needle->length == 1 || (bytes[1] | CASE_BIT) == needle->folded[1];
}

static void plain_block(const char *bytes, const struct csv_needle *needle, struct csv_masks *masks)
{
    *masks = (struct csv_masks){0, 0, 0, 0};
    for (size_t i = 0; i < CSV_BLOCK; i++) {
        uint64_t bit = UINT64_C(1) << i;
        if (bytes[i] == '"') masks->quotes |= bit;
        if (bytes[i] == ',') masks->commas |= bit;
        if (bytes[i] == '\n') masks->line_feeds |= bit;
        if (begins(bytes + i, needle)) masks->starts |= bit;
    }
}

void csv_masks_plain(const char *bytes, size_t count, const struct csv_needle *needle,
                     struct csv_masks *masks)
{
    for (size_t i = 0; i < count; i++)
        plain_block(bytes + i * CSV_BLOCK, needle, &masks[i]);
}

/* ---- x86-64 ---- */

#if defined(__x86_64__)

static uint64_t sse2_equal(const char *bytes, char byte)
{
    const __m128i wanted = _mm_set1_epi8(byte);
    uint64_t mask = 0;
    for (size_t i = 0; i < CSV_BLOCK; i += 16) {
        __m128i part = _mm_loadu_si128((const __m128i *)(const void *)(bytes + i));
        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(part, wanted)) << i;
    }
    return mask;
}

static uint64_t sse2_equal_folded(const char *bytes, char byte)
{
    const __m128i wanted = _mm_set1_epi8(byte), bit = _mm_set1_epi8(CASE_BIT);
    uint64_t mask = 0;
    for (size_t i = 0; i < CSV_BLOCK; i += 16) {
        __m128i part = _mm_loadu_si128((const __m128i *)(const void *)(bytes + i));
        part = _mm_or_si128(part, bit);
        mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(part, wanted)) << i;
    }
    return mask;
}

static void sse2_block(const char *bytes, const struct csv_needle *needle, struct csv_masks *masks)
{
    masks->quotes = sse2_equal(bytes, '"');
    masks->commas = sse2_equal(bytes, ',');
    masks->line_feeds = sse2_equal(bytes, '\n');
    masks->starts = 0;
    if (needle->length > 0) masks->starts = sse2_equal_folded(bytes, needle->folded[0]);
    if (needle->length > 1) masks->starts &= sse2_equal_folded(bytes + 1, needle->folded[1]);
}

static void csv_masks_sse2(const char *bytes, size_t count, const struct csv_needle *needle,
                           struct csv_masks *masks)
{
    for (size_t i = 0; i < count; i++)
        sse2_block(bytes + i * CSV_BLOCK, needle, &masks[i]);
}

__attribute__((target("avx2"))) static inline uint64_t avx2_join(__m256i low, __m256i high)
{
    return (uint64_t)(uint32_t)_mm256_movemask_epi8(low) |
           (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

__attribute__((target("avx2"))) static inline uint64_t avx2_equal_folded(const char *bytes,
                                                                         char byte)
{
    const __m256i wanted = _mm256_set1_epi8(byte), bit = _mm256_set1_epi8(CASE_BIT);
    __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)bytes);
    __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(bytes + 32));
    return avx2_join(_mm256_cmpeq_epi8(_mm256_or_si256(low, bit), wanted),
                     _mm256_cmpeq_epi8(_mm256_or_si256(high, bit), wanted));
}

__attribute__((target("avx2"))) static inline void
avx2_block(const char *bytes, const struct csv_needle *needle, struct csv_masks *masks)
{
    const __m256i quote = _mm256_set1_epi8('"'), comma = _mm256_set1_epi8(','),
                  line_feed = _mm256_set1_epi8('\n');
    __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)bytes);
    __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(bytes + 32));
    masks->quotes = avx2_join(_mm256_cmpeq_epi8(low, quote), _mm256_cmpeq_epi8(high, quote));
    masks->commas = avx2_join(_mm256_cmpeq_epi8(low, comma), _mm256_cmpeq_epi8(high, comma));
    masks->line_feeds =
        avx2_join(_mm256_cmpeq_epi8(low, line_feed), _mm256_cmpeq_epi8(high, line_feed));
    masks->starts = 0;
    if (needle->length > 0) masks->starts = avx2_equal_folded(bytes, needle->folded[0]);
    if (needle->length > 1) masks->starts &= avx2_equal_folded(bytes + 1, needle->folded[1]);
}

__attribute__((target("avx2"))) static void csv_masks_avx2(const char *bytes, size_t count,
                                                           const struct csv_needle *needle,
                                                           struct csv_masks *masks)
{
    for (size_t i = 0; i < count; i++)
        avx2_block(bytes + i * CSV_BLOCK, needle, &masks[i]);
}

/* AVX2, and a system that keeps its registers (bits 1 and 2 of XCR0). The processor itself is
 * asked:
 * __builtin_cpu_supports needs a library that the release's linker does not have. */
__attribute__((target("xsave"))) static bool has_avx2(void)
{
    unsigned int a, b, c, d;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_OSXSAVE) == 0) return false;
    if ((_xgetbv(0) & 6) != 6) return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_AVX2) != 0;
}

csv_masks_function *csv_masks_at(size_t index)
{
    switch (index) {
    case 0:
        return csv_masks_plain;
    case 1:
        return csv_masks_sse2;
    case 2:
        return has_avx2() ? csv_masks_avx2 : NULL;
    default:
        return NULL;
    }
}

/* ---- aarch64 ---- */

#elif defined(__aarch64__)

/* One bit for each of 64 comparisons: halves of neighbours are added until eight bytes are left. */
static uint64_t neon_bits(uint8x16_t first, uint8x16_t second, uint8x16_t third, uint8x16_t fourth)
{
    static const uint8_t bit_of_byte[16] = {1, 2, 4, 8, 16, 32, 64, 128,
                                            1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t bits = vld1q_u8(bit_of_byte);
    uint8x16_t low = vpaddq_u8(vandq_u8(first, bits), vandq_u8(second, bits));
    uint8x16_t high = vpaddq_u8(vandq_u8(third, bits), vandq_u8(fourth, bits));
    uint8x16_t all = vpaddq_u8(low, high);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(all, all)), 0);
}

static uint64_t neon_equal(const char *bytes, char byte, uint8_t set_bits)
{
    const uint8_t *from = (const uint8_t *)bytes;
    const uint8x16_t wanted = vdupq_n_u8((uint8_t)byte), bit = vdupq_n_u8(set_bits);
    return neon_bits(vceqq_u8(vorrq_u8(vld1q_u8(from), bit), wanted),
                     vceqq_u8(vorrq_u8(vld1q_u8(from + 16), bit), wanted),
                     vceqq_u8(vorrq_u8(vld1q_u8(from + 32), bit), wanted),
                     vceqq_u8(vorrq_u8(vld1q_u8(from + 48), bit), wanted));
}

static void neon_block(const char *bytes, const struct csv_needle *needle, struct csv_masks *masks)
{
    masks->quotes = neon_equal(bytes, '"', 0);
    masks->commas = neon_equal(bytes, ',', 0);
    masks->line_feeds = neon_equal(bytes, '\n', 0);
    masks->starts = 0;
    if (needle->length > 0) masks->starts = neon_equal(bytes, needle->folded[0], CASE_BIT);
    if (needle->length > 1) masks->starts &= neon_equal(bytes + 1, needle->folded[1], CASE_BIT);
}

static void csv_masks_neon(const char *bytes, size_t count, const struct csv_needle *needle,
                           struct csv_masks *masks)
{
    for (size_t i = 0; i < count; i++)
        neon_block(bytes + i * CSV_BLOCK, needle, &masks[i]);
}

csv_masks_function *csv_masks_at(size_t index)
{
    return index == 0 ? csv_masks_plain : index == 1 ? csv_masks_neon : NULL;
}

#else

csv_masks_function *csv_masks_at(size_t index)
{
    return index == 0 ? csv_masks_plain : NULL;
}

#endif

/* The last version that csv_masks_best may pick. The bench builds one more engine with a lower one,
 * to compare instruction sets. */
#ifndef CSV_MASKS_LAST
#define CSV_MASKS_LAST 2
#endif

csv_masks_function *csv_masks_best(void)
{
#ifdef CFHUNT_PLAIN
    return csv_masks_plain;
#else
    size_t index = 0;
    while (index < CSV_MASKS_LAST && csv_masks_at(index + 1) != NULL)
        index++;
    return csv_masks_at(index);
#endif
}
