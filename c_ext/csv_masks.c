#include "csv_masks.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/* A version has the masks of a block, and the places where the needle's first bytes stand, which
 * its probe knows. The loops are the same text for all, so that each is made of one kind of
 * instructions. */
#define LOOPS(version, target, parity, count_ends, note_ends)                                      \
    target static bool version##_cut(const char *bytes, size_t count, struct csv_cut *cut)         \
    {                                                                                              \
        struct csv_cut done = *cut;                                                                \
        bool ended = false;                                                                        \
        for (size_t i = 0; i < count && !ended; i++) {                                             \
            struct csv_masks masks = version##_masks(bytes + i * CSV_BLOCK);                       \
            note_ends(&done, csv_cut_block(&done, &masks, parity(masks.quotes), &ended));          \
        }                                                                                          \
        *cut = done;                                                                               \
        return ended;                                                                              \
    }                                                                                              \
                                                                                                   \
    target static void version##_skim(const char *bytes, size_t count,                             \
                                      const struct csv_needle *needle, struct csv_skim *skim)      \
    {                                                                                              \
        const struct version##_probe probe = version##_probe_of(needle);                           \
        struct csv_edge edge = skim->edge;                                                         \
        struct csv_places places = {0, 0};                                                         \
        uint64_t rows = 0;                                                                         \
        size_t i = 0;                                                                              \
        for (; i < count && !csv_skim_stops(&places); i++, bytes += CSV_BLOCK) {                   \
            struct csv_masks masks = version##_masks(bytes);                                       \
            uint64_t starts = version##_starts(bytes, &probe);                                     \
            places = csv_skim_block(&edge, &masks, parity(masks.quotes), starts, &skim->ends[i]);  \
            rows += count_ends(skim->ends[i]);                                                     \
        }                                                                                          \
        skim->edge = edge;                                                                         \
        skim->places = places;                                                                     \
        skim->rows += rows;                                                                        \
        skim->passed = i;                                                                          \
    }                                                                                              \
                                                                                                   \
    static const struct csv_version version = {version##_cut, version##_skim};

/* What a version knows of a needle: its first bytes and where they stand, each in all places of a
 * vector, which all() fills. */
#define PROBE(version, target, vector, all)                                                        \
    struct version##_probe {                                                                       \
        vector first, second, third, case_bit;                                                     \
        size_t second_place, third_place;                                                          \
    };                                                                                             \
                                                                                                   \
    target static inline struct version##_probe version##_probe_of(                                \
        const struct csv_needle *needle)                                                           \
    {                                                                                              \
        size_t second = csv_probe_place(needle, 1), third = csv_probe_place(needle, 2);            \
        return (struct version##_probe){all(needle->folded[0]),                                    \
                                        all(needle->folded[second]),                               \
                                        all(needle->folded[third]),                                \
                                        all(CSV_CASE_BIT),                                         \
                                        second,                                                    \
                                        third};                                                    \
    }

#define ANY_PROCESSOR

/* ---- plain ---- */

static struct csv_masks plain_masks(const char *bytes)
{
    struct csv_masks masks = {0, 0, 0};
    for (size_t i = 0; i < CSV_BLOCK; i++) {
        masks.quotes |= (uint64_t)(bytes[i] == '"') << i;
        masks.commas |= (uint64_t)(bytes[i] == ',') << i;
        masks.line_feeds |= (uint64_t)(bytes[i] == '\n') << i;
    }
    return masks;
}

struct plain_probe {
    const struct csv_needle *needle;
};

static struct plain_probe plain_probe_of(const struct csv_needle *needle)
{
    return (struct plain_probe){needle};
}

static uint64_t plain_starts(const char *bytes, const struct plain_probe *probe)
{
    const struct csv_needle *needle = probe->needle;
    uint64_t starts = ~UINT64_C(0);
    for (size_t byte = 0; byte < CSV_NEEDLE_PROBE; byte++) {
        size_t place = csv_probe_place(needle, byte);
        uint64_t equal = 0;
        for (size_t i = 0; i < CSV_BLOCK; i++)
            equal |= (uint64_t)((bytes[i + place] | CSV_CASE_BIT) == needle->folded[place]) << i;
        starts &= equal;
    }
    return starts;
}

LOOPS(plain, ANY_PROCESSOR, csv_parity, csv_count_ends, csv_note_ends)

/* ---- x86-64 ---- */

#if defined(__x86_64__)

static inline uint64_t sse2_join(__m128i first, __m128i second, __m128i third, __m128i fourth)
{
    return (uint64_t)(uint32_t)_mm_movemask_epi8(first) |
           (uint64_t)(uint32_t)_mm_movemask_epi8(second) << 16 |
           (uint64_t)(uint32_t)_mm_movemask_epi8(third) << 32 |
           (uint64_t)(uint32_t)_mm_movemask_epi8(fourth) << 48;
}

static inline __m128i sse2_equal_part(const char *bytes, __m128i wanted)
{
    return _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)bytes), wanted);
}

static inline uint64_t sse2_equal(const char *bytes, char byte)
{
    const __m128i wanted = _mm_set1_epi8(byte);
    return sse2_join(sse2_equal_part(bytes, wanted), sse2_equal_part(bytes + 16, wanted),
                     sse2_equal_part(bytes + 32, wanted), sse2_equal_part(bytes + 48, wanted));
}

static inline struct csv_masks sse2_masks(const char *bytes)
{
    return (struct csv_masks){sse2_equal(bytes, '"'), sse2_equal(bytes, ','),
                              sse2_equal(bytes, '\n')};
}

PROBE(sse2, ANY_PROCESSOR, __m128i, _mm_set1_epi8)

static inline __m128i sse2_folded(const char *bytes, const struct sse2_probe *probe, __m128i wanted)
{
    __m128i part = _mm_loadu_si128((const __m128i *)(const void *)bytes);
    return _mm_cmpeq_epi8(_mm_or_si128(part, probe->case_bit), wanted);
}

static inline __m128i sse2_starts_part(const char *bytes, const struct sse2_probe *probe)
{
    __m128i both = _mm_and_si128(sse2_folded(bytes, probe, probe->first),
                                 sse2_folded(bytes + probe->second_place, probe, probe->second));
    return _mm_and_si128(both, sse2_folded(bytes + probe->third_place, probe, probe->third));
}

static inline uint64_t sse2_starts(const char *bytes, const struct sse2_probe *probe)
{
    return sse2_join(sse2_starts_part(bytes, probe), sse2_starts_part(bytes + 16, probe),
                     sse2_starts_part(bytes + 32, probe), sse2_starts_part(bytes + 48, probe));
}

LOOPS(sse2, ANY_PROCESSOR, csv_parity, csv_count_ends, csv_note_ends)

#define AVX2 __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt,pclmul")))

/* A product without carries by all ones adds up every bit's lower ones: their parity. */
AVX2 static inline uint64_t avx2_parity(uint64_t bits)
{
    __m128i product =
        _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)bits), _mm_set1_epi8(-1), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}

AVX2 static inline uint64_t avx2_count(uint64_t bits)
{
    return (uint64_t)__builtin_popcountll(bits);
}

AVX2 static inline uint64_t avx2_join(__m256i low, __m256i high)
{
    return (uint64_t)(uint32_t)_mm256_movemask_epi8(low) |
           (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

AVX2 static inline __m256i avx2_load(const char *bytes)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)bytes);
}

AVX2 static inline uint64_t avx2_equal(__m256i low, __m256i high, char byte)
{
    const __m256i wanted = _mm256_set1_epi8(byte);
    return avx2_join(_mm256_cmpeq_epi8(low, wanted), _mm256_cmpeq_epi8(high, wanted));
}

AVX2 static inline struct csv_masks avx2_masks(const char *bytes)
{
    __m256i low = avx2_load(bytes), high = avx2_load(bytes + 32);
    return (struct csv_masks){avx2_equal(low, high, '"'), avx2_equal(low, high, ','),
                              avx2_equal(low, high, '\n')};
}

PROBE(avx2, AVX2, __m256i, _mm256_set1_epi8)

AVX2 static inline __m256i avx2_folded(const char *bytes, const struct avx2_probe *probe,
                                       __m256i wanted)
{
    return _mm256_cmpeq_epi8(_mm256_or_si256(avx2_load(bytes), probe->case_bit), wanted);
}

AVX2 static inline __m256i avx2_starts_part(const char *bytes, const struct avx2_probe *probe)
{
    __m256i both = _mm256_and_si256(avx2_folded(bytes, probe, probe->first),
                                    avx2_folded(bytes + probe->second_place, probe, probe->second));
    return _mm256_and_si256(both, avx2_folded(bytes + probe->third_place, probe, probe->third));
}

AVX2 static inline uint64_t avx2_starts(const char *bytes, const struct avx2_probe *probe)
{
    return avx2_join(avx2_starts_part(bytes, probe), avx2_starts_part(bytes + 32, probe));
}

LOOPS(avx2, AVX2, avx2_parity, avx2_count, csv_note_ends)

/* VBMI2 came with processors that do not slow down for the rest of AVX-512. */
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vbmi2,bmi,bmi2,lzcnt,popcnt,pclmul")))

AVX512 static inline __m512i avx512_load(const char *bytes)
{
    return _mm512_loadu_si512((const void *)bytes);
}

AVX512 static inline uint64_t avx512_equal(const char *bytes, char byte)
{
    return _mm512_cmpeq_epi8_mask(avx512_load(bytes), _mm512_set1_epi8(byte));
}

AVX512 static inline struct csv_masks avx512_masks(const char *bytes)
{
    return (struct csv_masks){avx512_equal(bytes, '"'), avx512_equal(bytes, ','),
                              avx512_equal(bytes, '\n')};
}

PROBE(avx512, AVX512, __m512i, _mm512_set1_epi8)

/* Of the places in among, those where the wanted byte stands. */
AVX512 static inline uint64_t avx512_folded(uint64_t among, const char *bytes,
                                            const struct avx512_probe *probe, __m512i wanted)
{
    __m512i folded = _mm512_or_si512(avx512_load(bytes), probe->case_bit);
    return _mm512_mask_cmpeq_epi8_mask(among, folded, wanted);
}

AVX512 static inline uint64_t avx512_starts(const char *bytes, const struct avx512_probe *probe)
{
    uint64_t starts = avx512_folded(~UINT64_C(0), bytes, probe, probe->first);
    starts = avx512_folded(starts, bytes + probe->second_place, probe, probe->second);
    return avx512_folded(starts, bytes + probe->third_place, probe, probe->third);
}

#define EIGHT(n) (n), (n) + 1, (n) + 2, (n) + 3, (n) + 4, (n) + 5, (n) + 6, (n) + 7

/* As csv_note_ends. It writes eights, the last of which may not be full: there is room for a whole
 * block's. */
AVX512 static inline void avx512_note_ends(struct csv_cut *cut, uint64_t ends)
{
    static const char numbers[CSV_BLOCK] = {EIGHT(0),  EIGHT(8),  EIGHT(16), EIGHT(24),
                                            EIGHT(32), EIGHT(40), EIGHT(48), EIGHT(56)};
    const __m512i at = _mm512_set1_epi64((long long)cut->at);
    __m512i found = _mm512_maskz_compress_epi8(ends, avx512_load(numbers));
    size_t count = (size_t)avx2_count(ends), noted = 0;
    do {
        __m512i eight = _mm512_cvtepu8_epi64(_mm512_castsi512_si128(found));
        _mm512_storeu_si512((void *)(cut->next_end + noted), _mm512_add_epi64(eight, at));
        found = _mm512_alignr_epi64(found, found, 1);
        noted += 8;
    } while (noted < count);
    cut->next_end += count;
    cut->at += CSV_BLOCK;
}

LOOPS(avx512, AVX512, avx2_parity, avx2_count, avx512_note_ends)

/* The processor itself is asked: __builtin_cpu_supports needs a library that the release's linker
 * does not have. The system keeps the registers whose bits of XCR0 are set. */
enum { XCR0_AVX2 = 0x06, XCR0_AVX512 = 0xe6 };

__attribute__((target("xsave"))) static bool keeps_registers(uint64_t which)
{
    unsigned int a, b, c, d;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_OSXSAVE) == 0) return false;
    return ((uint64_t)_xgetbv(0) & which) == which;
}

static bool has_avx2(void)
{
    const unsigned int leaf_1 = bit_PCLMUL | bit_POPCNT, leaf_7 = bit_AVX2 | bit_BMI | bit_BMI2;
    unsigned int a, b, c, d;
    if (!keeps_registers(XCR0_AVX2) || __get_cpuid(1, &a, &b, &c, &d) == 0) return false;
    if ((c & leaf_1) != leaf_1 || __get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
    if ((b & leaf_7) != leaf_7) return false;
    return __get_cpuid(0x80000001, &a, &b, &c, &d) != 0 && (c & bit_LZCNT) != 0;
}

static bool has_avx512(void)
{
    const unsigned int leaf_7 = bit_AVX512F | bit_AVX512BW;
    unsigned int a, b, c, d;
    if (!has_avx2() || !keeps_registers(XCR0_AVX512)) return false;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
    return (b & leaf_7) == leaf_7 && (c & bit_AVX512VBMI2) != 0;
}

const struct csv_version *csv_masks_at(size_t index)
{
    switch (index) {
    case 0:
        return &plain;
    case 1:
        return &sse2;
    case 2:
        return has_avx2() ? &avx2 : NULL;
    case 3:
        return has_avx512() ? &avx512 : NULL;
    default:
        return NULL;
    }
}

/* ---- aarch64 ---- */

#elif defined(__aarch64__)

/* One bit for each of 64 comparisons: halves of neighbours are added until eight bytes are left. */
static inline uint64_t neon_join(uint8x16_t first, uint8x16_t second, uint8x16_t third,
                                 uint8x16_t fourth)
{
    static const uint8_t bit_of_byte[16] = {1, 2, 4, 8, 16, 32, 64, 128,
                                            1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t bits = vld1q_u8(bit_of_byte);
    uint8x16_t low = vpaddq_u8(vandq_u8(first, bits), vandq_u8(second, bits));
    uint8x16_t high = vpaddq_u8(vandq_u8(third, bits), vandq_u8(fourth, bits));
    uint8x16_t all = vpaddq_u8(low, high);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(all, all)), 0);
}

static inline uint8x16_t neon_all(char byte)
{
    return vdupq_n_u8((uint8_t)byte);
}

static inline uint8x16_t neon_equal_part(const char *bytes, char byte)
{
    return vceqq_u8(vld1q_u8((const uint8_t *)bytes), neon_all(byte));
}

static inline uint64_t neon_equal(const char *bytes, char byte)
{
    return neon_join(neon_equal_part(bytes, byte), neon_equal_part(bytes + 16, byte),
                     neon_equal_part(bytes + 32, byte), neon_equal_part(bytes + 48, byte));
}

static inline struct csv_masks neon_masks(const char *bytes)
{
    return (struct csv_masks){neon_equal(bytes, '"'), neon_equal(bytes, ','),
                              neon_equal(bytes, '\n')};
}

PROBE(neon, ANY_PROCESSOR, uint8x16_t, neon_all)

static inline uint8x16_t neon_folded(const char *bytes, const struct neon_probe *probe,
                                     uint8x16_t wanted)
{
    return vceqq_u8(vorrq_u8(vld1q_u8((const uint8_t *)bytes), probe->case_bit), wanted);
}

static inline uint8x16_t neon_starts_part(const char *bytes, const struct neon_probe *probe)
{
    uint8x16_t both = vandq_u8(neon_folded(bytes, probe, probe->first),
                               neon_folded(bytes + probe->second_place, probe, probe->second));
    return vandq_u8(both, neon_folded(bytes + probe->third_place, probe, probe->third));
}

static inline uint64_t neon_starts(const char *bytes, const struct neon_probe *probe)
{
    return neon_join(neon_starts_part(bytes, probe), neon_starts_part(bytes + 16, probe),
                     neon_starts_part(bytes + 32, probe), neon_starts_part(bytes + 48, probe));
}

LOOPS(neon, ANY_PROCESSOR, csv_parity, csv_count_ends, csv_note_ends)

const struct csv_version *csv_masks_at(size_t index)
{
    return index == 0 ? &plain : index == 1 ? &neon : NULL;
}

#else

const struct csv_version *csv_masks_at(size_t index)
{
    return index == 0 ? &plain : NULL;
}

#endif

/* The last version that csv_masks_best may pick. The bench builds more engines with lower ones,
 * to compare instruction sets. */
#ifndef CSV_MASKS_LAST
#define CSV_MASKS_LAST 3
#endif

const struct csv_version *csv_masks_best(void)
{
    size_t index = 0;
#ifndef CFHUNT_PLAIN
    while (index < CSV_MASKS_LAST && csv_masks_at(index + 1) != NULL)
        index++;
#endif
    return csv_masks_at(index);
}
