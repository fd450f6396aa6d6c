//! The stable codes of everything that can be refused (API section 2, DOMAIN section 5).

use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:literal, $exit:literal;)*) => {
        /// A stable code: programs of outsiders rely on its text, status and exit code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as text.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// HTTP status it is answered with (API section 2).
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// Exit code of a command it ends (API section 1).
            #[must_use]
            pub fn exit(self) -> u8 {
                match self { $(Self::$name => $exit,)* }
            }
        }
    };
}

codes! {
    /// Not JSON, or not of the shape its type has.
    Malformed = "malformed", 400, 2;
    /// No event type of that name.
    UnknownType = "unknown-type", 400, 2;
    /// A field the type does not have.
    UnknownField = "unknown-field", 400, 2;
    /// Text that has not the form of the id it stands for, or a reserved name.
    BadId = "bad-id", 400, 2;
    /// No date, or a date where it cannot be.
    BadDate = "bad-date", 400, 2;
    /// A `known_at` that names nothing the ledger could know.
    BadKnownAt = "bad-known-at", 400, 2;
    /// A query parameter or option of the wrong form.
    BadParameter = "bad-parameter", 400, 2;
    /// No token, or one the ledger does not know.
    Unauthenticated = "unauthenticated", 401, 1;
    /// The signature is not that of the key it names.
    BadSignature = "bad-signature", 401, 1;
    /// An algorithm or header that is not taken, or not the key's.
    AlgRefused = "alg-refused", 401, 1;
    /// The key is not registered for the agency by then, or revoked.
    KeyNotValid = "key-not-valid", 401, 1;
    /// Signed for another ledger.
    WrongAudience = "wrong-audience", 401, 1;
    /// Signed too long ago, or in the future.
    Stale = "stale", 401, 1;
    /// The speaker is none of the parties that may say this.
    NotAParty = "not-a-party", 403, 1;
    /// The speaker lacks the power this needs.
    NotEntitled = "not-entitled", 403, 1;
    /// Policy demands a signed statement here.
    SignatureRequired = "signature-required", 403, 1;
    /// An approval this needs is missing.
    ApprovalMissing = "approval-missing", 403, 1;
    /// What is named does not exist.
    NotFound = "not-found", 404, 4;
    /// A subject has moved on since the ordinal in `after`.
    Conflict = "conflict", 409, 5;
    /// The same speaker has used this jti for another statement.
    JtiReused = "jti-reused", 409, 5;
    /// The id is taken.
    IdTaken = "id-taken", 409, 5;
    /// An open handoff of this responsibility and role exists.
    HandoffOpen = "handoff-open", 409, 5;
    /// What is named is not in a state that allows this.
    WrongState = "wrong-state", 409, 5;
    /// Larger than a limit.
    TooLarge = "too-large", 413, 1;
    /// More requests than the token may make.
    RateLimited = "rate-limited", 429, 1;
    /// More statements than the writer can take now.
    Busy = "busy", 429, 1;
    /// The ledger does not write.
    ReadOnly = "read-only", 503, 6;
    /// The clock is behind the last entry.
    ClockBehind = "clock-behind", 503, 6;
    /// The clock jumped ahead.
    ClockJumped = "clock-jumped", 503, 6;
    /// No space could be reserved.
    DiskLow = "disk-low", 507, 6;
    /// An agency that does not exist on the day it would receive or give.
    AgencyNotActive = "agency-not-active", 422, 1;
    /// Another agency is accountable on a day of the period.
    AlreadyAccountable = "already-accountable", 422, 1;
    /// The giver does not hold the role on the day of the move.
    NotAccountable = "not-accountable", 422, 1;
    /// The holding may not be delegated further.
    NotSubDelegable = "not-sub-delegable", 422, 1;
    /// Outside the scope or period of the parent.
    ExceedsParent = "exceeds-parent", 422, 1;
    /// The capacity does not fit the holding acted under.
    CapacityMismatch = "capacity-mismatch", 422, 1;
    /// No basis, and not said to be unknown.
    BasisMissing = "basis-missing", 422, 1;
    /// A step is neither confirmed nor dropped.
    StepOpen = "step-open", 422, 1;
    /// A reservation is not lifted.
    ReservationOpen = "reservation-open", 422, 1;
    /// The last registrar cannot go.
    LastRegistrar = "last-registrar", 422, 1;
    /// More than one holding fits.
    Ambiguous = "ambiguous", 422, 1;
    /// The voter is no member.
    NotAMember = "not-a-member", 422, 1;
    /// The votes recorded do not carry the decision.
    NotCarried = "not-carried", 422, 1;
    /// Details that are held may not be erased.
    Held = "held", 422, 1;
    /// Who resolves a claim is a party to it.
    PartyInOwnCause = "party-in-own-cause", 422, 1;
}

impl Code {
    /// The status when the code answers a statement: `not-found` inside a statement is 422.
    #[must_use]
    pub fn statement_status(self) -> u16 {
        if self == Self::NotFound { 422 } else { self.status() }
    }

    /// The exit code when the code answers a statement.
    #[must_use]
    pub fn statement_exit(self) -> u8 {
        if self == Self::NotFound { 1 } else { self.exit() }
    }

    /// The code of that text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
