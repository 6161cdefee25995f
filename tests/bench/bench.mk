# bench.mk: what `make bench` runs besides the staged app. All of it lies in build/bench/.

# What runs cfhunt: an interpreter with nothing installed, so that nothing is paid for at each start. The
# peers have their own. Nothing of either enters the app.
BENCH_PYTHONS := build/bench/clean/made $(if $(filter-out 0,$(PEERS)),build/bench/peers/made)

build/bench/clean/made: build/obj/python | .needs-bench
	@rm -rf $(@D)
	@$(PYTHON) -m venv --without-pip $(@D)
	@touch $@
build/bench/peers/made: tests/requirements-bench.txt build/obj/python | .needs-bench
	@echo "the bench's peers -> $(@D)"
	@rm -rf $(@D)
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

# The staged app twice more, with engines that stop at SSE2 and at AVX2: at these of the versions that
# csv_masks has, the one room that knows instruction sets.
LAST_sse2 := 1
LAST_avx2 := 2
NARROW_APPS := build/bench/sse2 build/bench/avx2
build/bench/csv_masks_%.o: c_ext/csv_masks.c build/obj/flags | .needs-build
	$(call COMPILE,$(CC),$(OPTIMISE) $(WHOLE) -DCSV_MASKS_LAST=$(LAST_$*))
build/bench/%/made: build/bench/csv_masks_%.o $(MODULE) $(STAGED)
	@echo "$(CC) $(@D)/$(MODULE:$(APP)/%=%)"
	@rm -rf $(@D) && cp -r $(APP) $(@D)
	@$(CC) $(LINK) $(LINK_WHOLE) -o $(@D)/$(MODULE:$(APP)/%=%) build/obj/c_ext/module.o $< \
	    $(filter-out build/obj/c_ext/csv_masks.o,$(ROOM_OBJECTS)) $(YAML_LIBS)
	@touch $@

.PHONY: .bench-made
.bench-made: $(BENCH_PYTHONS) $(NARROW_APPS:=/made)
