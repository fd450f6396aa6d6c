//! What every code means and what to do about it, in English and Indonesian: the title of a problem,
//! its advice, and the page behind `/problems/{code}`.

use axum::http::{HeaderMap, header};

/// A language problems and pages are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// `en`
    #[default]
    English,
    /// `id`
    Indonesian,
}

impl Language {
    /// Its tag.
    #[must_use]
    pub(super) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Indonesian => "id",
        }
    }

    /// The one the reader prefers (Accept-Language); English when neither is named.
    #[must_use]
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let mut best = (0, Self::English);
        for item in wanted.unwrap_or_default().split(',') {
            let mut parts = item.split(';').map(str::trim);
            let tag = parts.next().unwrap_or_default().split('-').next().unwrap_or_default();
            let language = match tag.to_ascii_lowercase().as_str() {
                "id" | "in" => Self::Indonesian,
                "en" => Self::English,
                _ => continue,
            };
            let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1000, thousandths);
            if weight > best.0 {
                best = (weight, language);
            }
        }
        best.1
    }
}

fn thousandths(q: &str) -> u32 {
    let q = q.parse::<f32>().unwrap_or(0.0).clamp(0.0, 1.0);
    // The standard allows three decimals; within 0 to 1000 the cast is exact.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let thousandths = (q * 1000.0) as u32;
    thousandths
}

/// What a code means (title) and what to do (advice), English and Indonesian.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wording {
    /// The code.
    pub(super) code: &'static str,
    english: (&'static str, &'static str),
    indonesian: (&'static str, &'static str),
}

impl Wording {
    /// Title and advice in a language.
    #[must_use]
    pub(super) fn text(&self, language: Language) -> (&'static str, &'static str) {
        match language {
            Language::English => self.english,
            Language::Indonesian => self.indonesian,
        }
    }
}

/// The wording of a code.
#[must_use]
pub(super) fn of(code: &str) -> Option<&'static Wording> {
    ALL.iter().find(|wording| wording.code == code)
}

macro_rules! wordings {
    ($($code:literal: $en:literal, $en_do:literal; $id:literal, $id_do:literal.)*) => {
        /// The wording of every code there is.
        pub(super) const ALL: &[Wording] = &[$(Wording {
            code: $code, english: ($en, $en_do), indonesian: ($id, $id_do),
        },)*];
    };
}

wordings! {
    "malformed": "Not readable", "Send UTF-8 JSON of the shape the documentation gives for this type; the field named is the first at fault.";
        "Tidak terbaca", "Kirim JSON UTF-8 dengan bentuk menurut dokumentasi jenis ini; kolom yang disebut adalah yang pertama keliru.".
    "unknown-type": "No such event type", "Use one of the event types this ledger admits; see the documentation of events.";
        "Jenis peristiwa tidak dikenal", "Gunakan salah satu jenis peristiwa yang diterima buku besar ini.".
    "unknown-field": "A field the type does not have", "Remove the field, or correct its spelling.";
        "Kolom tidak dikenal", "Hapus kolom itu atau perbaiki ejaannya.".
    "bad-id": "Not an identifier", "Use a-z, 0-9, dot, underscore and hyphen, beginning with a letter or digit; as-<digits> is reserved.";
        "Bukan pengenal yang sah", "Gunakan a-z, 0-9, titik, garis bawah, dan tanda hubung, diawali huruf atau angka; as-<angka> dicadangkan.".
    "bad-date": "Not a date that can stand here", "Write dates as YYYY-MM-DD and instants as RFC 3339 with offset; a date of an act is not after the day it is recorded.";
        "Tanggal tidak dapat dipakai", "Tulis tanggal sebagai YYYY-MM-DD dan waktu menurut RFC 3339 dengan zona; tanggal tindakan tidak sesudah hari pencatatan.".
    "bad-known-at": "Nothing the ledger could know", "Give known_at as the number of a written entry, a past instant with offset, or a date up to today.";
        "Tidak mungkin diketahui buku besar", "Isi known_at dengan nomor entri yang sudah tertulis, waktu lampau dengan zona, atau tanggal sampai hari ini.".
    "bad-parameter": "A parameter of the wrong form", "Correct the parameter named, or leave it out.";
        "Parameter keliru", "Perbaiki parameter yang disebut, atau hilangkan.".
    "unauthenticated": "No valid token", "Send Authorization: Bearer <token> with a token of this ledger that is neither expired nor revoked.";
        "Token tidak sah", "Kirim Authorization: Bearer <token> dengan token buku besar ini yang belum kedaluwarsa atau dicabut.".
    "bad-signature": "The signature does not fit", "Sign the statement again with the private key of the kid it names, and send those bytes unchanged.";
        "Tanda tangan tidak cocok", "Tanda tangani kembali dengan kunci privat dari kid yang disebut, dan kirim tanpa perubahan.".
    "alg-refused": "An algorithm or header that is not taken", "Sign with Ed25519 or ES256, as the registered key has it, with alg, kid and typ estafet+jwt alone in the header.";
        "Algoritme atau header tidak diterima", "Tanda tangani dengan Ed25519 atau ES256 sesuai kunci terdaftar; header hanya berisi alg, kid dan typ estafet+jwt.".
    "key-not-valid": "The key does not count", "Register the key for the agency, or sign with one that is registered and not revoked.";
        "Kunci tidak berlaku", "Daftarkan kunci untuk instansi itu, atau gunakan kunci terdaftar yang belum dicabut.".
    "wrong-audience": "Signed for another ledger", "Sign it for this ledger: aud is its origin.";
        "Ditujukan ke buku besar lain", "Tanda tangani untuk buku besar ini: aud adalah origin-nya.".
    "stale": "Signed too long ago, or in the future", "Check the clock, and sign the statement again.";
        "Waktu tanda tangan di luar batas", "Periksa jam, lalu tanda tangani kembali.".
    "not-a-party": "Only a party may say this", "Let one of the agencies named in the object say it.";
        "Hanya pihak terkait", "Pernyataan ini hanya dapat dibuat oleh instansi yang menjadi pihak.".
    "not-entitled": "The agency may not say this", "Let an agency with the power that this needs say it, or use a token whose role may write.";
        "Tidak berwenang", "Pernyataan ini memerlukan instansi dengan kewenangan yang sesuai, atau token dengan peran yang boleh menulis.".
    "signature-required": "This must be signed", "Policy demands a signed statement here.";
        "Harus ditandatangani", "Kebijakan mewajibkan pernyataan bertanda tangan.".
    "approval-missing": "An approval is missing", "Have approval.given recorded by who must approve, and name its number in approvals.";
        "Persetujuan belum ada", "Minta pihak yang berwenang mencatat approval.given, lalu cantumkan nomornya di approvals.".
    "not-found": "Not there", "Check the id or address; what a statement names must be recorded before.";
        "Tidak ditemukan", "Periksa pengenal atau alamatnya; yang disebut pernyataan harus sudah tercatat.".
    "conflict": "The subject has moved on", "Read the subject again and send the statement with its present ordinal.";
        "Subjek sudah berubah", "Baca lagi subjeknya lalu kirim pernyataan dengan urutan terkini.".
    "jti-reused": "The jti belongs to another statement", "Use a new jti for a new statement; repeat the first one unchanged to get its receipt.";
        "jti sudah dipakai", "Gunakan jti baru untuk pernyataan baru; ulangi yang pertama tanpa perubahan untuk memperoleh tanda terimanya.".
    "id-taken": "The id is taken", "Choose another id: ids are unique for ever.";
        "Pengenal sudah dipakai", "Pilih pengenal lain: pengenal berlaku sekali untuk selamanya.".
    "handoff-open": "A handoff is already open", "Let the open handoff of this responsibility and role end first.";
        "Serah terima masih terbuka", "Selesaikan dahulu serah terima yang masih terbuka untuk tanggung jawab dan peran ini.".
    "wrong-state": "Not in a state that allows this", "Look at the present state of what is named; the steps of its life cycle have an order.";
        "Keadaan tidak memungkinkan", "Periksa keadaan terkini objek yang disebut; tahapannya berurutan.".
    "too-large": "Too large", "Send less: 256 KiB for one statement, 8 MiB for a batch, 40,000 bytes a statement.";
        "Terlalu besar", "Kirim lebih sedikit: 256 KiB untuk satu pernyataan, 8 MiB untuk kumpulan, 40.000 bita tiap pernyataan.".
    "rate-limited": "Too many requests", "Wait as long as Retry-After says.";
        "Terlalu banyak permintaan", "Tunggu selama yang disebut Retry-After.".
    "busy": "More statements than can be taken now", "Send it again after the time Retry-After says; nothing was recorded.";
        "Sedang penuh", "Kirim lagi setelah waktu di Retry-After; belum ada yang dicatat.".
    "read-only": "The ledger does not write", "Reading goes on; the operator must look at it before anything is recorded.";
        "Hanya baca", "Pembacaan tetap berjalan; operator perlu memeriksa sebelum pencatatan dilanjutkan.".
    "clock-behind": "The clock is behind the last entry", "Send it again after the time Retry-After says.";
        "Jam tertinggal dari entri terakhir", "Kirim lagi setelah waktu di Retry-After.".
    "clock-jumped": "The clock jumped ahead", "The operator must confirm the clock before anything is recorded.";
        "Jam melompat maju", "Operator perlu memastikan jam sebelum pencatatan dilanjutkan.".
    "disk-low": "No space on disk", "Nothing was recorded; send it again when the operator has made room.";
        "Ruang penyimpanan habis", "Belum ada yang dicatat; kirim lagi setelah operator menyediakan ruang.".
    "agency-not-active": "An agency that does not exist that day", "Name an agency that exists on the day, or register it first.";
        "Instansi tidak aktif pada hari itu", "Sebut instansi yang ada pada hari tersebut, atau daftarkan dahulu.".
    "already-accountable": "An agency is accountable already", "End or supersede the holding named, hand it over, or delegate under it.";
        "Sudah ada instansi penanggung jawab", "Akhiri atau gantikan penugasan yang disebut, serah-terimakan, atau delegasikan di bawahnya.".
    "not-accountable": "The giver does not hold it that day", "Hand over what the giver holds in that role on the day of the move.";
        "Pemberi tidak memegangnya pada hari itu", "Serah-terimakan hanya yang dipegang pemberi dalam peran itu pada hari perpindahan.".
    "not-sub-delegable": "May not be passed on", "Get the giver's approval, or a holding that is sub_delegable.";
        "Tidak dapat diteruskan", "Minta persetujuan pemberi, atau gunakan penugasan yang sub_delegable.".
    "exceeds-parent": "Outside its parent", "Stay inside the scope and period of what it stands under.";
        "Melampaui induknya", "Tetaplah di dalam cakupan dan masa berlaku induknya.".
    "capacity-mismatch": "The capacity does not fit", "Name the capacity and on_behalf_of that the holding acted under gives.";
        "Kapasitas tidak sesuai", "Sebut kapasitas dan on_behalf_of menurut penugasan yang mendasarinya.".
    "basis-missing": "No legal basis", "Give a basis, or say {\"unknown\":true}.";
        "Dasar hukum belum ada", "Cantumkan dasar hukum, atau nyatakan {\"unknown\":true}.".
    "step-open": "A step is still open", "Confirm or drop every step before closing.";
        "Masih ada langkah terbuka", "Pastikan atau gugurkan setiap langkah sebelum menutup.".
    "reservation-open": "A reservation is still open", "Lift every reservation before closing.";
        "Masih ada catatan keberatan", "Cabut setiap keberatan sebelum menutup.".
    "last-registrar": "The last registrar cannot go", "Give the power to another agency first.";
        "Registrar terakhir", "Berikan dahulu kewenangan itu kepada instansi lain.".
    "ambiguous": "More than one fits", "Name the assignment by its id.";
        "Lebih dari satu yang cocok", "Sebut penugasan dengan pengenalnya.".
    "not-a-member": "The voter is no member", "Only members of the forum vote.";
        "Bukan anggota", "Hanya anggota forum yang memberi suara.".
    "not-carried": "The votes do not carry it", "Record the votes as cast; a decision that they do not carry is no decision of the forum.";
        "Suara tidak mencukupi", "Catat suara sebagaimana diberikan; keputusan yang tidak disetujui bukan keputusan forum.".
    "party-in-own-cause": "A party may not resolve its own claim", "Refer the claim to a forum whose convener is no party, or let an overseer resolve it.";
        "Pihak tidak boleh memutus klaimnya sendiri", "Rujuk klaim ke forum yang pemimpinnya bukan pihak, atau biarkan pengawas memutus.".
    "held": "Details that are held are not erased", "Release them first, if the reason to hold them is gone.";
        "Rincian yang ditahan tidak dihapus", "Lepaskan dahulu, bila alasan menahannya sudah tidak ada.".
    "method-not-allowed": "Not by this method", "Use a method the Allow header names.";
        "Metode tidak diterima", "Gunakan metode yang disebut di header Allow.".
    "unsupported-media-type": "A body of another type", "Send application/jwt (one signed statement), application/json (one under a token) or application/x-ndjson (a batch, one statement a line).";
        "Jenis isi tidak didukung", "Kirim application/jwt (satu pernyataan bertanda tangan), application/json (satu dengan token), atau application/x-ndjson (kumpulan, satu per baris).".
    "timeout": "The body did not arrive in time", "Send it again, faster or in smaller pieces; nothing was recorded.";
        "Isi tidak tiba pada waktunya", "Kirim lagi, lebih cepat atau lebih kecil; belum ada yang dicatat.".
    "internal": "A fault of the server", "Tell the operator the request_id; if a statement was sent, repeat it unchanged: it is recorded once.";
        "Kesalahan peladen", "Sampaikan request_id kepada operator; pernyataan yang sama aman dikirim ulang karena dicatat sekali.".
}
