#!/bin/sh
# Installs the programs that some tests need: Ceph's S3 gateway, PostgreSQL with PgBouncer, nginx, Chromium, strace (to make disks fail), faketime
# (to set another time for a process), and ImageMagick, vipsthumbnail, rsvg-convert and Pillow (to compare renders with).
# It starts nothing: tests start their own servers.
# If it cannot install them, it says which tests are skipped and exits with 0. Those tests then report that they are skipped.
set -u
packages="radosgw ceph-osd ceph-mon ceph-common postgresql pgbouncer nginx-light chromium strace faketime
  imagemagick libvips-tools librsvg2-bin python3-pil"
programs="radosgw ceph-osd ceph-mon ceph pgbouncer nginx chromium strace faketime vipsthumbnail rsvg-convert"

skip() {
  echo "Servers for tests are not installed as $1: tests that need those that are missing are skipped ($packages)"
  exit 0
}

missing=
for program in $programs; do
  command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
done
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$missing postgres"
if [ -z "$missing" ]; then
  echo "Servers for tests are installed"
  exit 0
fi
command -v apt-get >/dev/null 2>&1 || skip "this is not Debian"
[ "$(id -u)" = 0 ] || skip "only root may install them"

# Without existing settings, no service starts, now or at the next boot, and no PostgreSQL cluster is created.
made=
make() {
  [ -e "$1" ] && return
  mkdir -p "$(dirname "$1")"
  printf '%s\n' "$2" >"$1"
  chmod +x "$1"
  made="$made $1"
}
# shellcheck disable=SC2086
trap 'rm -f $made' EXIT
make /usr/sbin/policy-rc.d "#!/bin/sh
exit 101"
make /etc/postgresql-common/createcluster.d/none.conf "create_main_cluster = false"

export DEBIAN_FRONTEND=noninteractive
apt="apt-get -qq -o Acquire::Retries=1 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30"
$apt update || skip "their list cannot be read"
# One package at a time, so that an unavailable one does not prevent the others.
for package in $packages; do
  $apt install -y --no-install-recommends "$package" >/dev/null || echo "Cannot install $package: tests that need it are skipped"
done
echo "Servers for tests were installed, where they were missing:$missing"
