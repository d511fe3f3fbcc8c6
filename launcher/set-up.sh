# Makes a virtual environment ($2, by default .venv) and installs what is locked in requirements/$1.txt. Run by make,
# from the project's folder. Its last act is the stamp that make looks for; so an interrupted set-up is begun again, and
# never believed.
set -eu
group=$1
place=${2:-.venv}
needed='import sys; sys.exit(sys.version_info < (3, 11))'

say() { printf '%s\n' "$*" >&2; }

find_python() {
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if "$candidate" -c "$needed" 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    say "Python 3.11 or newer is needed; ${PYTHON:-python3} is not. Install it, or name one: make up PYTHON=/path/to/python3.12"
    exit 1
}

make_environment() {
    python=$(find_python)
    if command -v uv >/dev/null 2>&1; then
        uv venv --quiet --python "$python" "$place"
    elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        say "$python cannot make virtual environments. On Debian and Ubuntu: sudo apt-get install python3-venv"
        exit 1
    else
        "$python" -m venv "$place"
    fi
}

rm -f "$place/$group-is-installed"
if ! "$place/bin/python" -c "$needed" 2>/dev/null || ! { command -v uv || "$place/bin/python" -m pip --version; } >/dev/null 2>&1; then
    say "making the virtual environment ($place)"
    rm -rf "$place"
    make_environment
fi

say "installing the packages of requirements/$group.txt (a minute, the first time)"
if command -v uv >/dev/null 2>&1; then
    uv pip install --python "$place/bin/python" --require-hashes -r "requirements/$group.txt"
else
    "$place/bin/python" -m pip install --disable-pip-version-check --require-hashes \
        -r "requirements/$group.txt"
fi
touch "$place/$group-is-installed"
if [ "$group" = dev ]; then
    touch .venv/course-is-installed # dev holds all of course
fi
