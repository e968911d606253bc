# shellcheck shell=bash
# Sourced by the scripts in ops/: what this machine must have, and how it gets it.
# Every function says what it does before it does it, and why.

# Used by the sourcing scripts; the root of the repository.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*"; }
die() {
    printf '%s\n' "$*" >&2
    exit 1
}

# Where cargo puts what it builds; relative values count from the repository, as cargo run there would have it.
target_dir() {
    local dir=${CARGO_TARGET_DIR:-target}
    [[ $dir == /* ]] || dir=$root/$dir
    printf '%s\n' "$dir"
}

# Refuses, in one sentence, a Rust older than the workspace's rust-version.
require_rust() {
    local wanted found
    wanted=$(sed -n 's/^rust-version *= *"\(.*\)"/\1/p' "$root/Cargo.toml")
    { command -v rustc && command -v cargo; } >/dev/null ||
        die "Kyso needs Rust $wanted or newer, and none was found: install it from https://rustup.rs and run this again."
    found=$(cd "$root" && rustc --version | cut -d' ' -f2) ||
        die "Kyso needs Rust $wanted or newer, and 'rustc --version' fails here: see what it says above."
    [[ $(printf '%s\n%s\n' "$wanted" "${found%%-*}" | sort -V | head -n 1) == "$wanted" ]] ||
        die "Kyso needs Rust $wanted or newer, and this machine has $found: run 'rustup update stable' and run this again."
}

# `need PACKAGE REASON`: remembers a Debian package that is not installed.
missing=()
need() {
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]] && return
    say "  $1: $2"
    missing+=("$1")
}

# Installs what `need` found missing: as root, through sudo, or else prints the line to run and stops.
install_missing() {
    ((${#missing[@]})) || return 0
    local line="apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
    local sudo=()
    if ((EUID)); then
        command -v sudo >/dev/null && sudo -n true 2>/dev/null && sudo=(sudo)
        if ((${#sudo[@]} == 0)) && command -v sudo >/dev/null && [[ -t 0 ]]; then sudo=(sudo); fi
        ((${#sudo[@]})) || die "This user may not install packages. As root, run: $line"
    fi
    say "Installing: ${missing[*]}"
    "${sudo[@]}" apt-get update -q
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
    missing=()
}

# Checks packages with the given function (a list of `need` lines), unless the reader vouches for them.
require_packages() {
    if [[ ${KYSO_PACKAGES:-} == present ]]; then return; fi
    command -v apt-get >/dev/null ||
        die "Packages are checked and installed with dpkg and apt-get (Debian 12, Ubuntu). Elsewhere install what ops/machine.sh names, then set KYSO_PACKAGES=present."
    "$1"
    install_missing
}

packages_to_build() {
    need gcc "compiles the C inside SQLite and AWS-LC"
    need libc6-dev "the C headers that compiler needs"
    need make "AWS-LC's build calls it where it has no ready list of files"
    need pkg-config "finds libpq"
    need libpq-dev "the server links PostgreSQL's client library"
}

packages_to_run() {
    packages_to_build
    need softhsm2 "the software token that stands in for an HSM"
    need openssl "checks signatures apart from our code, and makes TLS certificates"
    need curl "the README's first signature is made with it, and runbooks ask with it whether the server is ready"
    need procps "kill and pgrep, by which tests and runbooks end what they started"
    need python3-venv "holds pyHanko, which checks signed PDFs apart from our code"
}

# A browser, and what drives it. Node and npm may come from elsewhere than Debian. Ubuntu's Chromium is a snap, which
# apt-get does not bring to a container: there tests/pages runs with a browser that CHROMIUM names, or skips itself.
packages_to_browse() {
    command -v node >/dev/null || need nodejs "drives the browser through the pages"
    command -v npm >/dev/null || need npm "fetches the two modules that the walk through the pages uses"
    if [[ -x ${CHROMIUM:-/usr/bin/chromium} ]] || grep -qs '^ID=ubuntu' /etc/os-release; then return; fi
    need chromium "the browser in which every role's pages are walked through"
}

# Makes (or reuses) a Python environment with the pinned requirements in directory $1; sets KYSO_PYTHON.
python_environment() {
    local venv=$1 wanted=$root/tests/interop/requirements.txt base
    # Debian's own Python: a version manager's shim may lack venv or be of another age.
    base=/usr/bin/python3
    [[ -x $base ]] || base=$(command -v python3)
    if ! cmp -s "$wanted" "$venv/requirements.txt"; then
        say "Making a Python environment with pyHanko in $venv"
        rm -rf "$venv"
        "$base" -m venv "$venv"
        "$venv/bin/python" -m pip install --disable-pip-version-check --quiet --requirement "$wanted"
        cp "$wanted" "$venv/requirements.txt"
    fi
    export KYSO_PYTHON=$venv/bin/python
}
