"""`make fuzz`: every parser of bytes from a device, under a coverage-guided fuzzer (atheris).

No parser of its own here; what must hold of each stands here, by kind of device.
Start reading at `targets.py`, then `__main__.py` (a process a target), `worker.py` (that process).
`tests/wire/test_every_parser.py` runs every target shortly with hypothesis, and fails when a module
of `drivers` is not in this list.

Parsed, and by which targets:

    cards.sdt_frames, cards.sdt_line, cards.sdt_status         sdt_frames, sdt_exchange
    cards.sdt_text, cards.sdt_layout, cards.nations            sdt_card
    cards.checks                                               sdt_card, chip_records
    cards.sdt_mask                                             sdt_mask
    cards.pcsc_apdu, cards.pcsc_words                          chip_answers
    cards.social_security_files                                chip_files
    cards.social_security_records                              chip_records
    cards.social_security_mask                                 chip_mask
    cards.pcsc_service (names of readers)                      reader_names
    scanners.serial_scanner_codes, scanners.serial_scanner_makers   serial_codes
    scanners.serial_scanner, scanners.waiting                  scanner_reads
    scanners.keyboard_scanner_keys                             key_codes
    scanners.code_text                                         code_text
    scanners.code_mask, scanners.keyboard_scanner_mask,
    scanners.serial_scanner_mask                               code_masks
    printers.escpos_status                                     escpos_answers, escpos_words
    printers.escpos_dialogue, printers.escpos (`probe`)        escpos_dialogue
    printers.cups_ipp, printers.cups_reasons                   ipp_answers
    printers.cups_queue, printers.cups_mark                    cups_queue
    printers.cups_server                                       http_answers
    displays.onbon_bx_frame, displays.onbon_bx                 onbon_answers
    displays.modbus_rtu, displays.modbus_digits                modbus_answers
    displays.crc16                                             onbon_answers, modbus_answers
    transports.shared (the echo of a line)                     line_echo
    sound.pcm                                                  wav
    sound.voices                                               voices
    capture.format, capture.playback                           recordings
    transports.holders                                         lock_files, proc_texts
    transports.usb_devices (descriptors), transports.usb (packets)   usb_descriptors
    discovery.places                                           usb_names
    discovery.paste, discovery.found                           reader_names

Hears a device too, without a target of its own:

    cards.sdt_reader, cards.sdt_speed   ask by `sdt_line` and wait in real time; of any 16 bytes a
                                        module's number is five numbers
    cards.pcsc_reader                   hands APDUs on; states are bits of one number, and the
                                        answer to reset (ATR) is read by nobody here
    cards.social_security_card          puts files and records together
    cards.photos                        hands bytes to others' decoder, and looks at its first ones
    scanners.keyboard_scanner           puts its parts together
    printers.cups_printer, printers.cups_job, printers.cups_outcome, printers.cups_advice
                                        work on numbers and words that `cups_queue` took apart
    printers.escpos_printer, printers.escpos_sending, printers.escpos_rescue,
    printers.escpos_results             work on a `Condition`, never on bytes
    printers.escpos_marks               counts answers
    displays.alpha_sign, displays.cd5220, displays.mute   never read: these displays do not answer
    displays.answered, displays.connection   know whether an answer came, never what it is
    sound.alsa_sink                     shows the first line of what aplay complains of
    sound.sinks                         compares 44 bytes with those of a header of ours
    discovery.services, discovery.scan, discovery.asking   ask by the parsers above
    transports.base, transports.tcp, transports.serial, transports.file, transports.input,
    transports.tap, transports.wrapped, transports.paced, transports.open   pass bytes on unread
    transports.addresses                asks the system
    transports.claims                   compares names; who holds a port is told by `holders`
    transports.unfinished               reads two lines that it wrote itself
    capture.collector, capture.session, capture.masking   count and pass on

Given by people, not by a device: cards.sdt_options, printers.cups_document, printers.cups_place,
printers.cups_text, printers.escpos_slip, printers.escpos_raster, displays.onbon_bx_text,
displays.modbus_text, displays.substitution, displays.place, sound.clips, sound.reading,
sound.volume, papers, discovery.spared, settings, transports.places, clashes. Nothing is given to:
sound.chime, sound.speaker, sound.pipe_sink, masking, opening, lifecycle, jobs, trouble_log,
bounded, discovery.bounded, registry, saying, printers.advice, printers.escpos_traits, errors,
interfaces, status, words, words_page, __main__; nor to cli, which shows what came of it.
"""
