#!/bin/sh
# Build the wheel, install it alone into an empty environment, and use it there.
set -eu
UV=${UV:-uv}
PYTHON=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$UV" build --quiet --wheel --out-dir "$work/dist"
"$UV" export --quiet --frozen --no-dev --no-emit-project --output-file "$work/requirements.txt"
"$UV" venv --quiet --python "$PYTHON" "$work/venv"
"$UV" pip install --quiet --python "$work/venv/bin/python" --requirement "$work/requirements.txt" "$work"/dist/*.whl
cd "$work"
venv/bin/python -W error - <<'PY'
from pathlib import Path

import features
import models
import serving

for room in (features, models, serving):
    assert "site-packages" in str(Path(room.__file__)), room.__file__
shipped = Path(serving.__file__).parent / "datasets" / "online_retail" / "mapping.yaml"
assert shipped.is_file(), "the wheel lacks its data"
program = Path(features.__file__).parent / "engines" / "redis" / "step.lua"
assert program.is_file(), "the wheel lacks the program that Redis runs"
PY
venv/bin/orderintel --version
ORDERINTEL_HOME="$work/home" venv/bin/orderintel import venv/lib/python3*/site-packages/serving/datasets/online_retail/mapping.yaml
echo "wheel: $(ls dist) $(du -h dist/*.whl | cut -f1)"
