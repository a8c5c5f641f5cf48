"""Pictograms by name, from Debian's Material Design Icons 1.6.50 (one weight).

The code points are those of its `materialdesignicons.css`; a test compares the two.
"""

ICONS: dict[str, str] = {
    "account-card-details": "\uf5d2",
    "alert": "\uf026",
    "arrow-left": "\uf04d",
    "arrow-right": "\uf054",
    "baby": "\uf06c",
    "barley": "\uf073",
    "bell-ring": "\uf09e",
    "briefcase": "\uf0d6",
    "bullhorn": "\uf0e6",
    "cash-multiple": "\uf116",
    "check": "\uf12c",
    "chevron-right": "\uf142",
    "close": "\uf156",
    "folder-outline": "\uf256",
    "hand-pointing-right": "\uf2c7",
    "heart": "\uf2d1",
    "home": "\uf2dc",
    "home-modern": "\uf2dd",
    "hospital": "\uf2e0",
    "information-outline": "\uf2fd",
    "printer": "\uf42a",
    "refresh": "\uf450",
    "scale-balance": "\uf5d1",
    "seat-recline-normal": "\uf482",
    "shield": "\uf498",
    "star-circle": "\uf4cf",
    "store": "\uf4dc",
    "ticket-confirmation": "\uf518",
    "translate": "\uf5ca",
    "umbrella": "\uf54a",
    "wheelchair-accessibility": "\uf5a4",
}
