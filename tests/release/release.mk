# release.mk: how the release is built, apart from the machine that it is built on.
#
# Three engines by one pinned compiler (zig, from its wheel), each with the headers of one pinned
# Python and with libyaml and xxHash from their pinned sources; then three packages. The same commit
# gives the same bytes in any folder. Everything that is made lies in build/release/ and dist/.

RELEASE := build/release
SOURCES := build/sources
MADE_SOURCES := $(RELEASE)/sources/made

# ---- pins ----

# Debian source packages: package, upstream archive, its sha256. They are the same in every Debian that
# has the version. Python's is for its headers.
PINS := \
    libyaml:libyaml_0.2.5.orig.tar.gz:fa240dbf262be053f3898006d502d514936c818e422afdcf33921c63bed9bf2e \
    xxhash:xxhash_0.8.1.orig.tar.gz:3bb6b7d6f30c591dd65aaaff1c8b7a5b94d81687998ca9400082c739a690436c \
    python3.11:python3.11_3.11.2.orig.tar.gz:2411c74bda5bbcfcddaf4531f66d1adc73f247f529aee981b029513aefdbf849
LIBYAML_VERSION := 0.2.5
# The compiler's version and sha256 stand in tests/requirements-compiler.txt.

# ---- flags ----

PLATFORMS := linux_x86_64 linux_aarch64 windows_x86_64
TARGET_linux_x86_64 := x86_64-linux-gnu.2.17
TARGET_linux_aarch64 := aarch64-linux-gnu.2.17
TARGET_windows_x86_64 := x86_64-windows-gnu
ENGINE_linux_x86_64 := _cfhunt.abi3.so
ENGINE_linux_aarch64 := _cfhunt.abi3.so
ENGINE_windows_x86_64 := _cfhunt.pyd

COMMON_C_FLAGS := -O2 -g0 -fno-ident -fvisibility=hidden -DNDEBUG -DPy_LIMITED_API=0x03090000
RELEASE_C_FLAGS := $(COMMON_C_FLAGS) -ffile-prefix-map=$(CURDIR)=. -isystem $(RELEASE)/sources/python \
    -isystem $(RELEASE)/sources/xxhash -isystem $(RELEASE)/sources/libyaml/include
# Without a level of optimisation zig links a sanitizer's runtime in: so -O2 when linking, too.
# The stack protector is for x86-64 only: aarch64's guard would make the dynamic loader a needed library.
# On Linux the engine is compiled once more as a whole when it is linked, but for the module, whose names
# python3_library reads; of Windows the linker then misses functions of its C library.
LINUX_C_FLAGS := -fPIC
WHOLE_linux_x86_64 := -flto
WHOLE_linux_aarch64 := -flto
LINUX_LINK := -O2 -flto -shared -s -Wl,-z,relro -Wl,-z,now -Wl,--as-needed
C_FLAGS_linux_x86_64 := $(LINUX_C_FLAGS) -fstack-protector-strong
C_FLAGS_linux_aarch64 := $(LINUX_C_FLAGS)
C_FLAGS_windows_x86_64 := -DYAML_DECLARE_STATIC
LINK_linux_x86_64 := $(LINUX_LINK)
LINK_linux_aarch64 := $(LINUX_LINK)
LINK_windows_x86_64 := -O2 -shared -s
# ws2_32 has inet_pton.
LIBRARIES_windows_x86_64 := $(RELEASE)/windows_x86_64/libpython3.a -lws2_32

# make lint makes warnings errors, of the compilers that the project is developed with. This one is newer.
CFHUNT_C_FLAGS := -std=c11 $(WARNINGS)
# libyaml is C with POSIX's strdup, and warns in its own ways.
LIBYAML_C_FLAGS := -std=gnu11 -w -I$(RELEASE)/sources/libyaml/src \
    -DYAML_VERSION_STRING='"$(LIBYAML_VERSION)"' \
    -DYAML_VERSION_MAJOR=$(word 1,$(subst ., ,$(LIBYAML_VERSION))) \
    -DYAML_VERSION_MINOR=$(word 2,$(subst ., ,$(LIBYAML_VERSION))) \
    -DYAML_VERSION_PATCH=$(word 3,$(subst ., ,$(LIBYAML_VERSION)))
# Reading events; not its writer, nor its trees.
LIBYAML_PARTS := api parser reader scanner

# ---- compiler and sources ----

# zig keeps no state outside build/.
ZIG := ZIG_GLOBAL_CACHE_DIR=$(CURDIR)/build/zig ZIG_LOCAL_CACHE_DIR=$(CURDIR)/build/zig \
    build/venv-release/bin/python -m ziglang

build/venv-release/made: build/obj/python | .needs-venv
	@echo "Python tools -> build/venv-release"
	@rm -rf build/venv-release
	@$(PYTHON) -m venv build/venv-release
	@touch $@
# Two sets of tools in one place, so that the compiler does not wait for the inspection's.
build/venv-release/compiler build/venv-release/release: build/venv-release/%: \
        tests/requirements-%.txt build/venv-release/made
	@echo "$< -> build/venv-release"
	@flock build/venv-release build/venv-release/bin/python -m pip install --quiet \
	    --disable-pip-version-check -r $<
	@touch $@

# What is needed of each archive, without its first folder.
$(MADE_SOURCES): tests/release/fetch_sources tests/release/release.mk tests/release/pyconfig.h
	@tests/release/fetch_sources $(SOURCES) $(PINS)
	@rm -rf $(@D) && mkdir -p $(@D)/libyaml $(@D)/xxhash $(@D)/python
	@tar -xzf $(SOURCES)/libyaml_*.tar.gz -C $(@D)/libyaml --strip-components=1 --no-same-owner
	@tar -xzf $(SOURCES)/xxhash_*.tar.gz -C $(@D)/xxhash --strip-components=1 --no-same-owner
	@tar -xzf $(SOURCES)/python3*.tar.gz -C $(@D)/python --strip-components=2 --no-same-owner \
	    --wildcards '*/Include/*'
	@cp tests/release/pyconfig.h $(@D)/python/
	@touch $@

# ---- engines ----

$(RELEASE)/flags: SAYS = $(RELEASE_C_FLAGS) $(CFHUNT_C_FLAGS) $(LIBYAML_C_FLAGS) \
    $(foreach p,$(PLATFORMS),$(TARGET_$p) $(C_FLAGS_$p) $(WHOLE_$p) $(LINK_$p) $(LIBRARIES_$p))
$(RELEASE)/rooms: SAYS = $(ROOMS)
$(RELEASE)/flags $(RELEASE)/rooms: .always
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(SAYS))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(SAYS))' >$@

RELEASE_NEEDS := $(MADE_SOURCES) build/venv-release/compiler $(RELEASE)/flags
RELEASE_COMPILE = @mkdir -p $(@D) && echo "zig $@" && \
    $(ZIG) cc -target $(TARGET_$(1)) $(RELEASE_C_FLAGS) $(C_FLAGS_$(1)) $(2) -c -o $@ $<

define platform_rules
$(RELEASE)/$(1)/c_ext/%.o: c_ext/%.c $(RELEASE_NEEDS)
	$$(call RELEASE_COMPILE,$(1),$(CFHUNT_C_FLAGS) $$(if $$(filter-out module,$$*),$(WHOLE_$(1))) -Ic_ext -MMD -MP)
# The archive brings the source; make learns its name from the stamp.
$(RELEASE)/$(1)/libyaml/%.o: $(RELEASE)/sources/libyaml/src/%.c $(RELEASE_NEEDS)
	$$(call RELEASE_COMPILE,$(1),$(LIBYAML_C_FLAGS))
# From an archive only what is called gets into the engine.
$(RELEASE)/$(1)/libyaml.a: $(LIBYAML_PARTS:%=$(RELEASE)/$(1)/libyaml/%.o)
	@rm -f $$@
	@$$(ZIG) ar rcsD $$@ $$^
$(RELEASE)/$(1)/$(ENGINE_$(1)): $(ROOMS:c_ext/%.c=$(RELEASE)/$(1)/c_ext/%.o) \
        $(RELEASE)/$(1)/c_ext/module.o $(RELEASE)/$(1)/libyaml.a $(RELEASE)/rooms
	@echo "zig $$@"
	@$$(ZIG) cc -target $(TARGET_$(1)) $(LINK_$(1)) -o $$@ $$(filter %.o %.a,$$^) $(LIBRARIES_$(1))
	@chmod 644 $$@
endef
$(foreach platform,$(PLATFORMS),$(eval $(call platform_rules,$(platform))))
$(LIBYAML_PARTS:%=$(RELEASE)/sources/libyaml/src/%.c): $(MADE_SOURCES) ;

# What Python's DLL is asked for, from what the Linux build asks Python for.
$(RELEASE)/windows_x86_64/$(ENGINE_windows_x86_64): | $(RELEASE)/windows_x86_64/libpython3.a
$(RELEASE)/windows_x86_64/libpython3.a: $(RELEASE)/linux_x86_64/c_ext/module.o tests/release/python3_library
	@mkdir -p $(@D)
	@tests/release/python3_library $< >$(@D)/python3.def
	@$(ZIG) dlltool -m i386:x86-64 -d $(@D)/python3.def -D python3.dll -l $@

# An engine of another plan version, for the test that it is refused: two rooms know the version.
OLDER := $(RELEASE)/older
OLDER_ROOMS := plan partial
$(OLDER)/_cfhunt.abi3.so: $(RELEASE)/linux_x86_64/_cfhunt.abi3.so
	@rm -rf $(@D) && mkdir -p $(@D)/c_ext
	@cp c_ext/*.h $(OLDER_ROOMS:%=c_ext/%.c) $(@D)/c_ext/
	@sed 's/PLAN_VERSION = [0-9]*/PLAN_VERSION = 0/' c_ext/plan.h >$(@D)/c_ext/plan.h
	@! cmp -s c_ext/plan.h $(@D)/c_ext/plan.h
	@echo "zig $@"
	@for room in $(OLDER_ROOMS); do \
	    $(ZIG) cc -target $(TARGET_linux_x86_64) $(RELEASE_C_FLAGS) $(C_FLAGS_linux_x86_64) $(CFHUNT_C_FLAGS) \
	        -c -o $(@D)/$$room.o $(@D)/c_ext/$$room.c || exit 1; \
	done
	@$(ZIG) cc -target $(TARGET_linux_x86_64) $(LINUX_LINK) -o $@ $(OLDER_ROOMS:%=$(@D)/%.o) \
	    $(filter-out $(OLDER_ROOMS:%=%.o) $(OLDER_ROOMS:%=$(RELEASE)/linux_x86_64/c_ext/%.o), \
	        $(ROOMS:c_ext/%.c=$(RELEASE)/linux_x86_64/c_ext/%.o)) \
	    $(RELEASE)/linux_x86_64/c_ext/module.o $(RELEASE)/linux_x86_64/libyaml.a

# ---- packages ----

PACKAGES := dist/cfhunt-$(VERSION).spl dist/cfhunt-aarch64-$(VERSION).spl dist/cfhunt-windows-$(VERSION).spl
dist/cfhunt-$(VERSION).spl: PACKED = linux_x86_64 linux_aarch64
dist/cfhunt-aarch64-$(VERSION).spl: PACKED = linux_aarch64
dist/cfhunt-windows-$(VERSION).spl: PACKED = windows_x86_64 linux_x86_64 linux_aarch64
# The commit's time dates the files, so that a newer release's are newer than the cached bytecode of
# an older one.
DATED = $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2>/dev/null),1767225600)

ENGINES := $(foreach platform,$(PLATFORMS),$(RELEASE)/$(platform)/$(ENGINE_$(platform)))
$(RELEASE)/staged: SAYS = $(STAGED)
$(RELEASE)/staged $(RELEASE)/dated: .always
	@mkdir -p $(@D)
	@printf '%s\n' "$(SAYS)" | cmp -s - $@ || printf '%s\n' "$(SAYS)" >$@
$(RELEASE)/dated: SAYS = $(DATED)
$(PACKAGES): $(STAGED) $(ENGINES) $(wildcard c_ext/*) $(RELEASE)/staged $(RELEASE)/dated tests/release/pack.py
	@$(PYTHON) tests/release/pack.py --archive $@ --date $(DATED) --app $(APP) --sources $(RELEASE)/sources \
	    $(PINS:%=--pin %) --compiler "$$(grep -m1 '^ziglang' tests/requirements-compiler.txt)" \
	    $(foreach p,$(PACKED),--engine '$p|$(RELEASE)/$p/$(ENGINE_$p)|$(TARGET_$p) $(COMMON_C_FLAGS) $(C_FLAGS_$p) $(LINK_$p)') \
	    $(STAGED)

.PHONY: .packages
.packages: $(PACKAGES) $(OLDER)/_cfhunt.abi3.so
	@cd dist && sha256sum $(notdir $(PACKAGES))

-include $(wildcard $(RELEASE)/*/c_ext/*.d)
