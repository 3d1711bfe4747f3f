#!/bin/bash
# The OCI image that brings Bulkhead to the nodes of a cluster: nothing but the static programs of the
# Debian package, a static busybox for the entry program, and that. No network, no base image, no
# package manager. Two builds of one commit have the same digest.
#
#   packaging/image/build.sh WORK_DIRECTORY IMAGE.tar PACKAGE.deb…
#
# Packages of several architectures make one image: an index, from which each node takes its own.
#
# IMAGE.tar is an OCI archive: `podman load -i`, `ctr images import`, `skopeo copy oci-archive:…`. Its
# digest is written beside it. Environment: VERSION, REVISION, SOURCE_DATE_EPOCH.
set -euo pipefail
work=$1 image=$2
shift 2
here=$(dirname "$(realpath "$0")")
: "${VERSION:?}" "${SOURCE_DATE_EPOCH:?}"

# What the entry program calls. Applets are links, so that an error names the program.
applets=(sh cat chmod chroot cmp cp cut date dirname grep ln ls mkdir mv readlink rm rmdir sed sleep stat
  sync tail tr)

# A busybox of the image's architecture: this machine's, or what its Debian package holds.
busybox_of() { # architecture → path
  [ "$1" != "$(dpkg --print-architecture)" ] || { command -v busybox; return; }
  mkdir -p "$work/busybox"
  (cd "$work/busybox" && apt-get -qq -o APT::Sandbox::User=root download "busybox-static:$1" && dpkg-deb --extract busybox-static_*.deb .) >&2
  find "$work/busybox" -type f -name busybox -perm -u+x -print -quit
}

stage_root() { # directory package architecture
  local root=$1 package=$2 architecture=$3 applet unit
  mkdir -p "$root"/{bin,host,bulkhead,usr/bin,usr/lib/systemd/system,usr/libexec/bulkhead} \
    "$root"/usr/share/doc/{bulkhead,busybox-static}
  install -d -m 1777 "$root/tmp"
  dpkg-deb --extract "$package" "$work/package"
  unit=$(find "$work/package" -path '*lib/systemd/system/bulkhead-watch.service' -print -quit)  # Debian 13 has it in /usr
  install -m 755 "$work"/package/usr/bin/bulkhead{,-hook,-shim} "$root/usr/bin"
  install -m 644 "$unit" "$root/usr/lib/systemd/system"
  install -m 644 "$work/package/usr/share/doc/bulkhead/copyright" "$root/usr/share/doc/bulkhead"
  install -m 755 "$(busybox_of "$architecture")" "$root/bin/busybox"
  install -m 644 /usr/share/doc/busybox-static/copyright "$root/usr/share/doc/busybox-static"
  for applet in "${applets[@]}"; do ln -s busybox "$root/bin/$applet"; done
  install -m 755 "$here/bulkhead-node" "$root/usr/libexec/bulkhead"
  install -m 644 "$here"/{host_files,documents,engines,label}.sh "$root/usr/libexec/bulkhead"
  ln -s ../libexec/bulkhead/bulkhead-node "$root/usr/bin/bulkhead-node"
}

# buildah with a store of its own, that needs nothing of the machine's configuration.
builder() { buildah --storage-driver vfs --root "$work/store" --runroot "$work/run" "$@"; }

configure() { # container architecture
  builder config --os linux --arch "$2" --cmd run --user 0:0 --workingdir / --env PATH=/usr/bin:/bin \
    --entrypoint '["/usr/bin/bulkhead-node"]' --stop-signal SIGTERM \
    --label org.opencontainers.image.title=bulkhead \
    --label org.opencontainers.image.description="Every container of a node starts confined: the installer for a cluster's nodes" \
    --label org.opencontainers.image.version="$VERSION" \
    --label org.opencontainers.image.revision="${REVISION:-unknown}" \
    --label org.opencontainers.image.licenses="Apache-2.0 AND GPL-2.0-only" "$1"
}

of_architecture() { # package name
  local architecture container
  architecture=$(dpkg-deb --field "$1" Architecture)
  rm -rf "$work/root" "$work/package" "$work/busybox"
  stage_root "$work/root" "$1" "$architecture"
  container=$(builder from --pull-never scratch)
  builder copy --quiet "$container" "$work/root" / >/dev/null
  configure "$container" "$architecture"
  builder commit --quiet --signature-policy "$work/policy.json" --format oci --timestamp "$SOURCE_DATE_EPOCH" \
    --identity-label=false --disable-compression=false "$container" "oci:$work/image:$2" >/dev/null
  builder rm "$container" >/dev/null
}

# The images that lie there become one index, under one name (OCI image-spec, image-index.md).
join_architectures() { # architecture…
  local index=$work/index.json digest
  jq -cS --args '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [.manifests, $ARGS.positional]
    | transpose | map(.[1] as $architecture | .[0] | del(.annotations) | .platform = {os: "linux", $architecture})}' \
    "$@" <"$work/image/index.json" >"$index"
  digest=$(sha256sum <"$index" | cut -d' ' -f1)
  jq -cn --arg digest "sha256:$digest" --argjson size "$(stat -c %s "$index")" --arg name "bulkhead:$VERSION" \
    '{schemaVersion: 2, manifests: [{mediaType: "application/vnd.oci.image.index.v1+json", $digest, $size,
      annotations: {"org.opencontainers.image.ref.name": $name}}]}' >"$work/image/index.json"
  cp "$index" "$work/image/blobs/sha256/$digest"
}

rm -rf "$work"
mkdir -p "$work" "$(dirname "$image")"
echo '{"default":[{"type":"insecureAcceptAnything"}]}' >"$work/policy.json"
if [ $# = 1 ]; then
  of_architecture "$1" "bulkhead:$VERSION"
else
  architectures=()
  for package in "$@"; do
    of_architecture "$package" "$(dpkg-deb --field "$package" Architecture)"
    architectures+=("$(dpkg-deb --field "$package" Architecture)")
  done
  join_architectures "${architectures[@]}"
fi
tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --mode=u=rwX,go=rX \
  --directory="$work/image" --file="$image" .
grep -oE 'sha256:[0-9a-f]{64}' "$work/image/index.json" >"$image.digest"
rm -rf "$work"
echo "$image: $(cat "$image.digest"), $(($(stat -c %s "$image") / 1024)) KiB"
