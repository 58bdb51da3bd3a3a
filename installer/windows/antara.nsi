; Installs Antara for the user who runs it: no administrator is needed. /S installs silently, /D=C:\folder (last) elsewhere;
; so does "uninstall.exe /S". setup.py defines VERSION, NUMBERS, TREE, ICON, TYPES, SIZE_KB and OUT.

Unicode true
!include "MUI2.nsh"
!include "${TYPES}"

Name "Antara"
OutFile "${OUT}"
RequestExecutionLevel user
InstallDir "$LOCALAPPDATA\Programs\Antara"
InstallDirRegKey HKCU "Software\Antara" "Folder"
SetCompressor /SOLID lzma
ManifestDPIAware true
ManifestLongPathAware true
BrandingText "Antara ${VERSION}"
VIProductVersion "${NUMBERS}"
VIAddVersionKey "ProductName" "Antara"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "Antara's installer"
VIAddVersionKey "LegalCopyright" "GPL-3.0-or-later"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_FINISHPAGE_RUN "$INSTDIR\Antara.exe"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "Hindi"

!define CLASSES "Software\Classes"
!define PROGRAM "${CLASSES}\Applications\Antara.exe"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\Antara"

; "Open with" offers Antara; the program that opens a kind of file by default stays what it is.
!macro Offer extension
  WriteRegStr HKCU "${PROGRAM}\SupportedTypes" "${extension}" ""
  WriteRegNone HKCU "${CLASSES}\${extension}\OpenWithProgids" "Antara.Song"
!macroend

!macro Withdraw extension
  DeleteRegValue HKCU "${CLASSES}\${extension}\OpenWithProgids" "Antara.Song"
  DeleteRegKey /ifempty HKCU "${CLASSES}\${extension}\OpenWithProgids"
  DeleteRegKey /ifempty HKCU "${CLASSES}\${extension}"
!macroend

!macro TellExplorer
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
!macroend

; Files of a program that runs cannot be replaced.
!macro EndUnlessClosed
  ClearErrors
  Delete "$INSTDIR\Antara.exe"
  Delete "$INSTDIR\antara-cli.exe"
  ${If} ${Errors}
    MessageBox MB_OK|MB_ICONEXCLAMATION "Antara is open. Close it and try again." /SD IDOK
    SetErrorLevel 3
    Abort
  ${EndIf}
!macroend

!include "LogicLib.nsh"

Section
  !insertmacro EndUnlessClosed
  RMDir /r "$INSTDIR\_internal"
  SetOutPath "$INSTDIR"
  File /r "${TREE}/*"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\Antara.lnk" "$INSTDIR\Antara.exe"
  WriteRegStr HKCU "Software\Antara" "Folder" "$INSTDIR"
  WriteRegStr HKCU "${PROGRAM}" "FriendlyAppName" "Antara"
  WriteRegStr HKCU "${PROGRAM}\shell\open\command" "" '"$INSTDIR\Antara.exe" "%1"'
  WriteRegStr HKCU "${CLASSES}\Antara.Song" "" "Song"
  WriteRegStr HKCU "${CLASSES}\Antara.Song\DefaultIcon" "" "$INSTDIR\Antara.exe,0"
  WriteRegStr HKCU "${CLASSES}\Antara.Song\shell\open\command" "" '"$INSTDIR\Antara.exe" "%1"'
  !insertmacro OfferAll
  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "Antara"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\Antara.exe"
  WriteRegStr HKCU "${UNINSTALL}" "Publisher" "Antara"
  WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL}" "EstimatedSize" ${SIZE_KB}
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
  !insertmacro TellExplorer
SectionEnd

; Takes away what the installer brought, by name: whatever else is in the folder is the user's.
Section "Uninstall"
  !insertmacro EndUnlessClosed
  RMDir /r "$INSTDIR\_internal"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\Antara.lnk"
  !insertmacro WithdrawAll
  DeleteRegKey HKCU "${PROGRAM}"
  DeleteRegKey HKCU "${CLASSES}\Antara.Song"
  DeleteRegKey HKCU "${UNINSTALL}"
  DeleteRegKey HKCU "Software\Antara"
  !insertmacro TellExplorer
SectionEnd
