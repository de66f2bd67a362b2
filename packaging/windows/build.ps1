# UNTRIED: written for Windows 10 or newer, never run there. Makes dist\ablator and dist\ablator-VERSION-setup.exe.
# Needs Python 3.11 or newer and Inno Setup 6 (iscc on the PATH). build\icons\ablator.ico comes from `packaging/icons ico`,
# run where rsvg-convert and ImageMagick are.
$ErrorActionPreference = "Stop"
Set-Location (Join-Path $PSScriptRoot "..\..")

py -3 -m venv build\environment
$python = "build\environment\Scripts\python.exe"
& $python -m pip install --require-hashes -r packaging\requirements-freeze.lock
if ($LASTEXITCODE) { throw "installing the libraries failed" }
& $python -m pip install --no-deps --no-build-isolation -e .
if ($LASTEXITCODE) { throw "installing the project failed" }
& $python -m PyInstaller --noconfirm --distpath dist --workpath build\pyinstaller packaging\pyinstaller.spec
if ($LASTEXITCODE) { throw "PyInstaller failed" }
& dist\ablator\ablator.exe --version
if ($LASTEXITCODE) { throw "the frozen program does not start" }
$version = (& dist\ablator\ablator.exe --version).Split(" ")[1]
iscc "/DVersion=$version" packaging\windows\ablator.iss
if ($LASTEXITCODE) { throw "Inno Setup failed" }
