# Installs the connector without internet. Usage, as administrator:
#   powershell -ExecutionPolicy Bypass -File install.ps1 [-Folder "C:\Program Files\jobhub"] [-Python "C:\Python313\python.exe"]
#       [-Jobcenter borken -Deliveries "D:\export" [-Data "C:\ProgramData\jobhub"] [-Account "DOMAIN\service$"]]
# With -Jobcenter the connector is registered as a task that runs from the start of the machine on. It is not started yet.
# Plain ASCII: Windows PowerShell 5.1 reads a file without a mark as the system's code page.
param(
    [string]$Folder = "C:\Program Files\jobhub",
    [string]$Python = "",
    [string]$Jobcenter = "",
    [string]$Deliveries = "",
    [string]$Data = "C:\ProgramData\jobhub",
    [string]$Account = "S-1-5-19"
)
$ErrorActionPreference = "Stop"
Set-Location -LiteralPath $PSScriptRoot

function Stop-With([string]$Text) {
    Write-Host "FEHLER  $Text" -ForegroundColor Red
    exit 3
}

if ($Jobcenter -ne "" -and $Jobcenter -notmatch "^[a-z][a-z0-9]{1,30}$") {
    Stop-With "-Jobcenter: Kleinbuchstaben und Ziffern, wie der Name der YAML-Datei. / Lower-case letters and digits."
}
if (($Jobcenter -eq "") -ne ($Deliveries -eq "")) {
    Stop-With "-Jobcenter und -Deliveries gehoeren zusammen. / belong together."
}

foreach ($line in Get-Content -LiteralPath "SHA256SUMS" -Encoding UTF8) {
    $sum, $file = $line -split "  ", 2
    if (-not (Test-Path -LiteralPath $file)) {
        Stop-With "$file fehlt; es wurde nichts installiert. / is missing; nothing was installed."
    }
    if ((Get-FileHash -LiteralPath $file -Algorithm SHA256).Hash -ne $sum) {
        Stop-With "$file ist beschaedigt oder veraendert; es wurde nichts installiert. / was changed; nothing was installed."
    }
}

if ($Python -eq "") {
    $found = Get-Command "py" -ErrorAction SilentlyContinue
    if ($found) { $Python = (& py -3 -c "import sys; print(sys.executable)") }
    else { $Python = "python" }
}
& $Python -c "import sys; sys.exit(sys.version_info < (3, 11) or sys.maxsize < 2**32)"
if ($LASTEXITCODE -ne 0) {
    Stop-With "Noetig ist Python 3.11 oder neuer, 64 Bit. / Python 3.11 or newer, 64 bit, is needed."
}

& $Python -m venv $Folder
if ($LASTEXITCODE -ne 0) { Stop-With "In $Folder kann nicht installiert werden. / Cannot install there." }
$pip = @("-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-index")
$own = (Get-ChildItem -Filter "muensterland_jobhub-*.whl" | Select-Object -First 1).FullName
& "$Folder\Scripts\python.exe" @pip --find-links wheels --only-binary=:all: --require-hashes --requirement requirements.txt
if ($LASTEXITCODE -ne 0) { Stop-With "Ein Paket fehlt fuer dieses Python. / A package is missing for this Python." }
& "$Folder\Scripts\python.exe" @pip --no-deps --force-reinstall $own
if ($LASTEXITCODE -ne 0) { Stop-With "jobhub konnte nicht installiert werden. / jobhub could not be installed." }

if ($Jobcenter -ne "") {
    $task = Get-Content -LiteralPath "connector-task.xml" -Encoding Unicode -Raw
    $values = @{
        "{JOBCENTER}" = $Jobcenter; "{PROGRAM}" = "$Folder\Scripts\jobhub.exe"; "{DELIVERIES}" = $Deliveries
        "{DATA}" = $Data; "{ACCOUNT}" = $Account
    }
    foreach ($name in $values.Keys) {
        $task = $task.Replace($name, [System.Security.SecurityElement]::Escape($values[$name]))
    }
    New-Item -ItemType Directory -Force -Path $Data | Out-Null
    Register-ScheduledTask -TaskPath "\jobhub\" -TaskName $Jobcenter -Xml $task -Force | Out-Null
    Write-Host "Aufgabe / task: \jobhub\$Jobcenter (Start-ScheduledTask -TaskPath '\jobhub\' -TaskName $Jobcenter)"
}

Write-Host "Installiert / installed: $Folder\Scripts\jobhub.exe"
Write-Host "Weiter / next: & '$Folder\Scripts\jobhub.exe' doctor <id>"
