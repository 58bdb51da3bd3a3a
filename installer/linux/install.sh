#!/bin/sh
# Installs Antara for the user who runs this; no rights are needed. With --uninstall it takes the program away again.
set -eu

data=${XDG_DATA_HOME:-$HOME/.local/share}
program=$HOME/.local/opt/antara
command=$HOME/.local/bin/antara

refresh() { # menus and icons that are already shown
    if command -v update-desktop-database >/dev/null; then update-desktop-database -q "$data/applications" 2>/dev/null || :; fi
    if command -v gtk-update-icon-cache >/dev/null && [ -f "$data/icons/hicolor/icon-theme.cache" ]; then
        gtk-update-icon-cache -q -f "$data/icons/hicolor" 2>/dev/null || :
    fi
}

remove() {
    [ ! -f "$program/installed" ] || while IFS= read -r file; do
        rm -f "$data/$file"
        # Folders that were made for this file alone.
        folder=$(dirname "$file")
        while [ "$folder" != . ] && rmdir "$data/$folder" 2>/dev/null; do folder=$(dirname "$folder"); done
    done <"$program/installed"
    [ "$(readlink "$command" || :)" != "$program/antara" ] || rm -f "$command"
    rm -rf "$program"
}

if [ "${1:-}" = --uninstall ]; then
    remove
    refresh
    [ ! -f "$data/applications/mimeinfo.cache" ] || [ "$(ls "$data/applications")" != mimeinfo.cache ] ||
        { rm "$data/applications/mimeinfo.cache" && rmdir "$data/applications"; }
    rmdir "$HOME/.local/opt" "$HOME/.local/bin" 2>/dev/null || :
    echo "Antara is gone. Your settings, models and history are where they were: $data/antara"
    exit 0
fi

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$(dirname "$program")" "$(dirname "$command")" "$data"
rm -rf "$program.new"
cp -R "$here/antara" "$program.new" # whole before the old one goes
cp "$here/install.sh" "$program.new/install.sh"
(cd "$here/share" && find . -type f | sed 's,^\./,,') >"$program.new/installed"
remove
mv "$program.new" "$program"
(cd "$here/share" && tar -cf - .) | (cd "$data" && tar -xf - --no-same-owner --no-overwrite-dir)
# In a desktop entry quotes, $, ` and \ are special, and the whole is quoted for the spaces that a home may have.
quoted=$(printf %s "$program/antara" | sed 's/[\\"`$]/\\\\&/g; s/%/%%/g')
sed -i "s|^Exec=.*|Exec=\"$(printf %s "$quoted" | sed 's/[\\&|]/\\&/g')\" %F|" "$data/applications/antara.desktop"
if [ ! -e "$command" ] || [ -L "$command" ]; then ln -sfn "$program/antara" "$command"; fi
refresh
echo "Antara is in the menu, and as a command: $command"
echo "To remove it: sh \"$program/install.sh\" --uninstall"
