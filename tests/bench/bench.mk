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

# The staged app once more, with an engine that stops at SSE2. One room alone knows instruction sets.
SSE2_MODULE := build/bench/sse2/$(MODULE:$(APP)/%=%)
build/bench/csv_masks.o: c_ext/csv_masks.c build/obj/flags | .needs-build
	$(call COMPILE,$(CC),$(OPTIMISE) $(WHOLE) -DCSV_MASKS_LAST=1)
$(SSE2_MODULE): $(MODULE) build/bench/csv_masks.o $(STAGED)
	@echo "$(CC) $@"
	@rm -rf build/bench/sse2 && mkdir -p build/bench && cp -r $(APP) build/bench/sse2
	@$(CC) $(LINK) $(LINK_WHOLE) -o $@ build/obj/c_ext/module.o build/bench/csv_masks.o \
	    $(filter-out build/obj/c_ext/csv_masks.o,$(ROOM_OBJECTS)) $(YAML_LIBS)

.PHONY: .bench-made
.bench-made: $(BENCH_PYTHONS) $(SSE2_MODULE)
