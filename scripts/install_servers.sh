#!/bin/sh
# Installs what some tests run against: Ceph's S3 gateway, PostgreSQL with PgBouncer, and nginx; the browser Chromium; strace, by which disks fail; and
# faketime, which gives a process another time. Nothing is started: tests start their own.
# Where that is not possible it says what is skipped and ends well: those tests are skipped then, and say so.
set -u
packages="radosgw ceph-osd ceph-mon ceph-common postgresql pgbouncer nginx-light chromium strace faketime"
programs="radosgw ceph-osd ceph-mon ceph pgbouncer nginx chromium strace faketime"

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

# No service starts, now or at the next boot, and no cluster of PostgreSQL is made, as far as nobody has said otherwise.
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
# One by one: those that cannot be had must not keep the others away.
for package in $packages; do
  $apt install -y --no-install-recommends "$package" >/dev/null || echo "Cannot install $package: tests that need it are skipped"
done
echo "Servers for tests were installed, where they were missing:$missing"
