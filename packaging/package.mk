# What is installed, and the packages. Part of the Makefile.

# ---- installation ----------------------------------------------------------------------------------
BINDIR = $(DESTDIR)$(PREFIX)/bin
SHARE  = $(DESTDIR)$(PREFIX)/share

.PHONY: install
install: all ## install below DESTDIR and PREFIX: programs first, documents after
	@$(MAKE) --no-print-directory install-files

# What is installed, from programs that are built already.
UNITDIR = $(DESTDIR)/lib/systemd/system
.PHONY: install-files install-examples
install-examples:
	install -d $(SHARE)/doc/bulkhead/examples
	cp -R packaging/engines/. examples/. $(SHARE)/doc/bulkhead/examples

install-files: install-examples
	install -d $(BINDIR) $(SHARE)/bulkhead/apparmor.d \
	  $(DESTDIR)/etc/bulkhead/policy.d $(DESTDIR)/etc/bulkhead/seccomp
	install -m 755 $(BIN_hook) $(BIN_shim) $(BIN_cli) $(BINDIR)
	ln -sf bulkhead-shim $(BINDIR)/bulkhead-runc
	ln -sf bulkhead-shim $(BINDIR)/bulkhead-crun
	cp -R docs README.md CHANGELOG.md CONTRIBUTING.md LICENSE $(SHARE)/doc/bulkhead
	install -m 644 packaging/apparmor/* $(SHARE)/bulkhead/apparmor.d
	install -D -m 644 -t $(SHARE)/bulkhead/metrics packaging/metrics/*
	install -d $(SHARE)/bulkhead/helm $(SHARE)/bulkhead/conformance
	cp -R conformance/apparmor conformance/base.json conformance/parts conformance/cases conformance/known $(SHARE)/bulkhead/conformance
	cp -R packaging/kubernetes $(SHARE)/bulkhead
	cp -R packaging/helm/bulkhead $(SHARE)/bulkhead/helm
	for page in $(notdir $(wildcard packaging/man/*.[158])); do \
	  install -D -m 644 packaging/man/$$page $(SHARE)/man/man$${page##*.}/$$page; done
	ln -sf bulkhead-shim.8 $(SHARE)/man/man8/bulkhead-runc.8
	ln -sf bulkhead-shim.8 $(SHARE)/man/man8/bulkhead-crun.8
	install -D -m 644 packaging/completions/bulkhead.bash $(SHARE)/bash-completion/completions/bulkhead
	install -D -m 644 packaging/completions/_bulkhead $(SHARE)/zsh/vendor-completions/_bulkhead
	install -D -m 644 packaging/completions/bulkhead.fish $(SHARE)/fish/vendor_completions.d/bulkhead.fish
	for unit in $(notdir $(wildcard packaging/systemd/*)); do \
	  install -D -m 644 packaging/systemd/$$unit $(UNITDIR)/$$unit; done
	install -D -m 644 packaging/logrotate $(DESTDIR)/etc/logrotate.d/bulkhead

# ---- packages --------------------------------------------------------------------------------------
# Debian's are made from a copy of what is versioned, all with the time of its last commit: two builds of one
# commit have the same bytes. BULKHEAD_PROGRAMS=DIR packs programs that are built there already.
DIST     := $(BUILD)/dist
DEB_COPY := $(BUILD)/deb/bulkhead-$(VERSION)
SOURCE_DATE_EPOCH ?= $(shell git -c safe.directory='*' log -1 --format=%ct 2>/dev/null || echo 1795478400)

.PHONY: deb
deb: ## the Debian packages bulkhead and bulkhead-doc, in build/dist
	@packaging/dependencies.sh $(BUILD_NEEDS) deb
	@$(MAKE) --no-print-directory deb-only

.PHONY: deb-only
deb-only:
	rm -rf $(DEB_COPY)
	mkdir -p $(DEB_COPY) $(DIST)
	git -c safe.directory='*' ls-files -z | { grep -zv '^tests/' || :; } | xargs -0 cp --parents --no-dereference -t $(DEB_COPY)
	cp -R packaging/debian $(DEB_COPY)/debian
	cd $(DEB_COPY) && unset MAKEFLAGS MAKELEVEL && \
	  BULKHEAD_PROGRAMS=$(if $(BULKHEAD_PROGRAMS),$(abspath $(BULKHEAD_PROGRAMS))) \
	  SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) DEB_BUILD_OPTIONS="parallel=$(JOBS)" \
	  dpkg-buildpackage $(FOREIGN:%=--host-arch=%) --build=binary --no-sign --no-check-builddeps
	mv $(BUILD)/deb/bulkhead*_$(VERSION)_*.deb $(DIST)
	@ls -l $(DIST)/*.deb

# A root of what is installed, for distributions where units lie in /usr/lib.
define stage
	rm -rf $(1)
	$(MAKE) --no-print-directory install-files DESTDIR=$(1) UNITDIR=$(1)/usr/lib/systemd/system
	$(STRIP) $(foreach program,$(PROGRAMS),$(1)/usr/bin/$(notdir $(BIN_$(program))))
	chmod -R u=rwX,go=rX $(1)
endef

.PHONY: tarball
tarball: all ## a tarball with the static programs for other distributions, in build/dist
	@$(MAKE) --no-print-directory tarball-only

# It is called by its architecture where that is another than most have.
TARBALL_NAME := bulkhead-$(VERSION)$(patsubst %,-%,$(filter-out amd64,$(ARCH)))
TARBALL = $(abspath $(BUILD))/tarball/$(TARBALL_NAME)
.PHONY: tarball-only
tarball-only:
	mkdir -p $(DIST)
	$(call stage,$(TARBALL))
	sed 's/@MACHINE@/$(MACHINE)/' packaging/tarball/INSTALL >$(TARBALL)/INSTALL
	cp LICENSE $(TARBALL)
	cd $(TARBALL) && find etc usr -type f -o -type l | LC_ALL=C sort >FILES
	tar --create --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --mtime=@$(SOURCE_DATE_EPOCH) \
	  --directory=$(BUILD)/tarball $(TARBALL_NAME) | gzip --no-name >$(DIST)/$(TARBALL_NAME).tar.gz
	@ls -l $(DIST)/*.tar.gz

.PHONY: rpm
rpm: ## the packages bulkhead and bulkhead-doc for distributions with rpm, in build/dist
	@packaging/dependencies.sh $(BUILD_NEEDS) rpm
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@$(MAKE) --no-print-directory rpm-only

RPM_RELEASE ?= 1
.PHONY: rpm-only
rpm-only:
	$(call stage,$(abspath $(BUILD))/rpm/staged)
	VERSION=$(VERSION) RELEASE=$(RPM_RELEASE) MACHINE=$(MACHINE) SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) \
	  packaging/rpm/build.sh $(BUILD)/rpm/staged $(BUILD)/rpm/work $(DIST)
	@ls -l $(DIST)/*.rpm

# The image is made from the package; no network, no base image (packaging/image/build.sh). One of several
# architectures is one index: IMAGE_ARCHES="amd64 arm64".
IMAGE := $(DIST)/bulkhead-image-$(VERSION).tar
IMAGE_ARCHES ?= $(ARCH)
REVISION = $(shell git -c safe.directory='*' rev-parse HEAD 2>/dev/null)

.PHONY: image
image: ## the OCI image that installs on a cluster's nodes, in build/dist; IMAGE_ARCHES="amd64 arm64" for both
	@$(foreach arch,$(IMAGE_ARCHES),$(MAKE) --no-print-directory ARCH=$(arch) BUILD=$(BUILD_OF_$(arch)) image-package &&) :
	@mkdir -p $(DIST)
	@VERSION=$(VERSION) REVISION=$(REVISION) SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) \
	  packaging/image/build.sh $(BUILD)/image $(IMAGE) $(foreach arch,$(IMAGE_ARCHES),$(BUILD_OF_$(arch))/dist/bulkhead_$(VERSION)_$(arch).deb)

BUILD_OF_$(ARCH) := $(BUILD)
$(foreach arch,$(filter-out $(ARCH),$(ARCHES)),$(eval BUILD_OF_$(arch) := build$(patsubst %,-%,$(filter-out $(HOST_ARCH),$(arch)))))
.PHONY: image-package
image-package:
	@packaging/dependencies.sh $(BUILD_NEEDS) deb image
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@$(MAKE) --no-print-directory deb-only BULKHEAD_PROGRAMS=$(BUILD)

.PHONY: image-only
image-only: deb-only
	@VERSION=$(VERSION) REVISION=$(REVISION) SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) \
	  packaging/image/build.sh $(BUILD)/image $(IMAGE) $(DIST)/bulkhead_$(VERSION)_*.deb

.PHONY: manifests
manifests: ## packaging/kubernetes/bulkhead.yaml again, from the chart's defaults
	BUILD=$(BUILD) packaging/helm/manifests.sh >$(BUILD)/bulkhead.yaml
	mv $(BUILD)/bulkhead.yaml packaging/kubernetes/bulkhead.yaml

