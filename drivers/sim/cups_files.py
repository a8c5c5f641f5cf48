"""Files of a private CUPS server: its two settings files, a printer's description, a backend.

The backend is a printer made of a shell script. It prints a page every `pace` seconds, and looks
before each page at files in its folder: `faults` holds the state reasons for which it stands still
once `after` pages are out, `notes` those that it only reports, `failing` makes it give up.
"""

CUPS_FILES = """\
ServerRoot {folder}/etc
StateDir {folder}/run
RequestRoot {folder}/spool
CacheDir {folder}/cache
TempDir {folder}/tmp
ServerBin {folder}/bin
AccessLog {folder}/access_log
ErrorLog {folder}/error_log
PageLog {folder}/page_log
Printcap
FatalErrors config
User {user}
Group {group}
SystemGroup {system_group}
"""

CUPSD = """\
LogLevel warn
Listen {host}:{tcp_port}
Browsing No
WebInterface No
DefaultAuthType None
JobRetryInterval 1
ErrorPolicy stop-printer
<Location />
  Order allow,deny
  Allow all
</Location>
<Location /admin>
  Order allow,deny
  Allow all
</Location>
<Policy default>
  <Limit All>
    Order allow,deny
    Allow all
  </Limit>
</Policy>
"""

PPD = """\
*PPD-Adobe: "4.3"
*FormatVersion: "4.3"
*FileVersion: "1.0"
*LanguageVersion: English
*LanguageEncoding: ISOLatin1
*PCFileName: "HALLSIM.PPD"
*Manufacturer: "Hall"
*Product: "(Simulated A4 printer)"
*ModelName: "Simulated A4 printer"
*ShortNickName: "Simulated A4 printer"
*NickName: "Simulated A4 printer"
*PSVersion: "(3010.000) 0"
*LanguageLevel: "3"
*ColorDevice: False
*DefaultColorSpace: Gray
*cupsVersion: 2.4
*cupsManualCopies: True
*cupsFilter2: "application/vnd.cups-pdf application/pdf 0 -"
*OpenUI *PageSize/Media Size: PickOne
*OrderDependency: 10 AnySetup *PageSize
*DefaultPageSize: A4
*PageSize A4/A4: ""
*PageSize A5/A5: ""
*CloseUI: *PageSize
*OpenUI *PageRegion/Media Size: PickOne
*OrderDependency: 10 AnySetup *PageRegion
*DefaultPageRegion: A4
*PageRegion A4/A4: ""
*PageRegion A5/A5: ""
*CloseUI: *PageRegion
*DefaultImageableArea: A4
*ImageableArea A4/A4: "0 0 595 842"
*ImageableArea A5/A5: "0 0 420 595"
*DefaultPaperDimension: A4
*PaperDimension A4/A4: "595 842"
*PaperDimension A5/A5: "420 595"
*OpenUI *Duplex/Duplex: PickOne
*OrderDependency: 10 AnySetup *Duplex
*DefaultDuplex: None
*Duplex None/Off: ""
*Duplex DuplexNoTumble/Long edge: ""
*Duplex DuplexTumble/Short edge: ""
*CloseUI: *Duplex
*DefaultFont: Courier
"""

BACKEND = r"""#!/bin/sh
# Arguments: job user title copies options [file]; the document comes on standard input otherwise.
[ $# -eq 0 ] && { echo 'direct hallsim "Simulated A4 printer" "Simulated A4 printer"'; exit 0; }
folder=${DEVICE_URI#hallsim:}
trap 'exit 0' TERM
umask 022
paper=$folder/pages/$(printf %06d "$1")
cat ${6:+"$6"} >"$paper.part" || exit 1
echo "$5" >"$paper.options"
pages=$(pdfinfo "$paper.part" 2>/dev/null | sed -n 's/^Pages: *//p')
told=
tell() { # tell REASONS: report them, and no longer what was reported before
    [ "$1" = "$told" ] && return
    [ -n "$told" ] && echo "STATE: -$told" >&2
    [ -n "$1" ] && echo "STATE: +$1" >&2
    told=$1
}
out=0
echo 0 >"$paper.pages"
while [ "$out" -lt "${pages:-1}" ]; do
    faults=$(cat "$folder/faults" 2>/dev/null) notes=$(cat "$folder/notes" 2>/dev/null)
    [ "$out" -ge "$(cat "$folder/after" 2>/dev/null || echo 0)" ] || faults=
    tell "$faults${faults:+${notes:+,}}$notes"
    [ -e "$folder/failing" ] && { echo "ERROR: the printer broke off" >&2; exit 1; }
    if [ -n "$faults" ]; then
        sleep 0.1
        continue
    fi
    sleep "$(cat "$folder/pace" 2>/dev/null || echo 0.1)"
    out=$((out + 1))
    echo "$out" >"$paper.pages"
done
mv "$paper.part" "$paper.pdf"
"""
