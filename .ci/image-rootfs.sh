#!/usr/bin/env bash
# image-rootfs.sh OUT: what the image holds beside Holdfast itself, from Debian's packages alone: git, ssh, the authorities
# of certificates, the libraries that they need, a shell for git, and nothing else. Needs apt, dpkg and no engine; run apt-get update before.
# What it writes depends on the packages alone: the same packages give the same bytes.
set -euo pipefail
out=$1
[ ! -e "$out" ] || { echo "$out is there already: remove it first" >&2; exit 1; }
packages=(
  libc6 libgcc-s1 zlib1g dash
  git libpcre2-8-0 libcurl3-gnutls libexpat1
  libbrotli1 libnghttp2-14 libidn2-0 libunistring2 librtmp1 libssh2-1 libpsl5 libzstd1
  libgnutls30 libhogweed6 libnettle8 libgmp10 libp11-kit0 libffi8 libtasn1-6
  libgssapi-krb5-2 libkrb5-3 libk5crypto3 libcom-err2 libkrb5support0 libkeyutils1
  libldap-2.5-0 libsasl2-2 libssl3
  openssh-client libselinux1 libedit2 libbsd0 libmd0 libtinfo6 libfido2-1 libcbor0.8 libudev1
  ca-certificates
)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/debs" "$scratch/root"
# apt hands the download to a user of its own, who must be let in.
chmod 755 "$scratch" && chmod 777 "$scratch/debs"
(cd "$scratch/debs" && apt-get -qq download "${packages[@]}")
root=$scratch/root
mkdir -p "$root"/usr/{bin,sbin,lib,lib64} "$root"/var/lib/dpkg/status.d "$root"/etc/ssl/certs "$root"/{proc,sys,dev,run,tmp}
for name in bin sbin lib lib64; do ln -s "usr/$name" "$root/$name"; done
for deb in "$scratch"/debs/*.deb; do
  dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$root"
  # By these a scanner knows what is in it.
  dpkg-deb --field "$deb" >"$root/var/lib/dpkg/status.d/$(dpkg-deb --field "$deb" Package)"
done
ln -sf dash "$root/usr/bin/sh"
cat "$root"/usr/share/ca-certificates/mozilla/*.crt >"$root/etc/ssl/certs/ca-certificates.crt"
# Perl, Tcl and Python are not there, so nothing of git that is written in them; licences stay.
rm -rf "$root"/usr/share/{man,locale,lintian,bash-completion,git-core,gitweb,perl5,info,bug,doc-base,apport,initramfs-tools,debconf,python3} "$root"/etc/{bash_completion.d,update-motd.d,init.d,default,pam.d} "$root"/usr/lib/{systemd,tmpfiles.d} "$root"/usr/share/ca-certificates
find "$root/usr/share/doc" -type f ! -name copyright -delete
find "$root/usr/share/doc" -type l ! -name copyright -delete
find "$root/usr/lib/git-core" -type f -exec sh -c 'head -c 20 "$1" | grep -qE "^#! ?/usr/bin/(perl|python)" && rm "$1" || true' _ {} \;
find "$root" -mindepth 1 -type d -empty ! -path "$root/proc" ! -path "$root/sys" ! -path "$root/dev" ! -path "$root/run" ! -path "$root/tmp" ! -path "$root/etc/ssl/*" -delete
echo 'holdfast:x:65532:65532::/var/lib/holdfast:/usr/sbin/nologin' >"$root/etc/passwd"
echo 'holdfast:x:65532:' >"$root/etc/group"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
chmod 1777 "$root/tmp"
install -d -m 0700 -o 65532 -g 65532 "$root/var/lib/holdfast"
install -d "$root/etc/holdfast"
# Nothing in it may become somebody else.
find "$root" -perm /6000 -type f -exec chmod a-s {} +
chmod 0755 "$root"
find "$root" -exec touch -h -d "@${SOURCE_DATE_EPOCH:-1764460800}" {} +
mkdir -p "$(dirname "$out")"
mv "$root" "$out"
echo "$out  $(du -sh "$out" | cut -f1)"
