/* pyconfig.h of the release: what Python's headers need to know about a 64-bit machine.
 *
 * A Python's own pyconfig.h describes the machine that it was built on; the release is built for
 * several, with the headers of one Python. Under the limited API little of it matters.
 */

/* From 3.13 on PyArg_ParseTuple is no longer sent to the function that takes 64-bit lengths; Python
 * 3.9 would write 32 bits of 64. cfhunt has no such argument, and so that it stays so: */
#if PY_VERSION_HEX < 0x03090000 || PY_VERSION_HEX >= 0x030D0000
#error "The release is built with the headers of Python 3.9 to 3.12"
#endif

#define SIZEOF_SHORT 2
#define SIZEOF_INT 4
#define SIZEOF_LONG_LONG 8
#define SIZEOF_VOID_P 8
#define SIZEOF_SIZE_T 8
#define SIZEOF_TIME_T 8
#define SIZEOF_DOUBLE 8
#define ALIGNOF_SIZE_T 8

#ifdef _WIN32
#define SIZEOF_LONG 4
#define SIZEOF_WCHAR_T 2
#define MS_WINDOWS 1
#define MS_WIN32 1
#define MS_WIN64 1
#define NT_THREADS 1
#define Py_ENABLE_SHARED 1
#define HAVE_DECLSPEC_DLL 1
#else
#define SIZEOF_LONG 8
#define SIZEOF_WCHAR_T 4
#define SIZEOF_PID_T 4
#endif
