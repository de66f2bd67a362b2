; UNTRIED: Inno Setup 6 script, run by build.ps1. Installs for one person, without rights of an administrator.
[Setup]
AppId=io.github.ablator.Ablator
AppName=Ablator
AppVersion={#Version}
AppPublisher=Ablator contributors
DefaultDirName={autopf}\Ablator
DefaultGroupName=Ablator
PrivilegesRequired=lowest
LicenseFile=..\..\LICENSE
SourceDir=..\..
OutputDir=dist
OutputBaseFilename=ablator-{#Version}-setup
SetupIconFile=build\icons\ablator.ico
UninstallDisplayIcon={app}\ablator-window.exe
ArchitecturesInstallIn64BitMode=x64compatible
ChangesAssociations=yes
Compression=lzma2
SolidCompression=yes

[Files]
Source: "dist\ablator\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{group}\Ablator"; Filename: "{app}\ablator-window.exe"

[Registry]
Root: HKA; Subkey: "Software\Classes\.ablation"; ValueType: string; ValueData: "Ablator.Study"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.ablation"; ValueName: "Content Type"; ValueType: string; ValueData: "application/x-ablation"
Root: HKA; Subkey: "Software\Classes\Ablator.Study"; ValueType: string; ValueData: "Ablation study"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Ablator.Study\DefaultIcon"; ValueType: string; ValueData: "{app}\ablator-window.exe,0"
Root: HKA; Subkey: "Software\Classes\Ablator.Study\shell\open\command"; ValueType: string; ValueData: """{app}\ablator-window.exe"" --new-window -- ""%1"""
