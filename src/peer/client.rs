//! The one client for everything that calls out. What answers is not ours: every call has a deadline and
//! every body a limit, no redirect is followed, and nothing of an answer is believed here.

#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

/// Longest address, in bytes.
const URL_BYTES_MAX: usize = 2_000;
/// What this program calls itself.
const AGENT: &str = concat!("estafet/", env!("CARGO_PKG_VERSION"));

/// How long others may take.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// Until a connection stands.
    pub connect: Duration,
    /// From the call to the last byte of its answer.
    pub answer: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), answer: Duration::from_secs(30) }
    }
}

/// The address of somebody's server, what its paths are put behind: `http(s)://host[:port][/prefix]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base(String);

/// Why a text is no address to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBase {
    /// Neither of the two schemes.
    #[error("expected http://HOST[:PORT][/PREFIX] or the same with https")]
    Scheme,
    /// No host, or one that cannot be.
    #[error("expected a host, and no white space, user, query or fragment")]
    Form,
    /// Too long.
    #[error("an address has at most {URL_BYTES_MAX} bytes")]
    Long,
}

impl Base {
    /// Takes an address; slashes at its end do not count.
    ///
    /// # Errors
    /// [`BadBase`], which says what was expected.
    pub fn parse(text: &str) -> Result<Self, BadBase> {
        if text.len() > URL_BYTES_MAX {
            return Err(BadBase::Long);
        }
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let rest = rest.ok_or(BadBase::Scheme)?;
        let plain = |b: u8| b.is_ascii_graphic() && !br#"@?#\<>"{}|^`"#.contains(&b);
        if rest.starts_with('/') || !rest.bytes().all(plain) {
            return Err(BadBase::Form);
        }
        reqwest::Url::parse(text).map_err(|_| BadBase::Form)?;
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }

    /// The address of a path, which has no slash at its beginning.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{}/{path}", self.0)
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// No address.
    #[error("{url} is no address to call: {why}")]
    BadUrl {
        /// What was called.
        url: String,
        /// Why.
        why: String,
    },
    /// No connection: name, address, port or certificate.
    #[error("{url} cannot be reached: {why}; check the address and that the server runs")]
    Unreachable {
        /// What was called.
        url: String,
        /// Why.
        why: String,
    },
    /// The deadline has passed.
    #[error("{url} did not answer within {} s; try again later", .after.as_secs_f32())]
    Late {
        /// What was called.
        url: String,
        /// How long was waited.
        after: Duration,
    },
    /// More bytes than such an answer may have.
    #[error("{url} answered more than {limit} bytes, which is no answer to that question")]
    TooLarge {
        /// What was called.
        url: String,
        /// The limit, in bytes.
        limit: usize,
    },
    /// The answer broke off, or was none that HTTP knows.
    #[error("{url} broke off: {why}; try again later")]
    Broken {
        /// What was called.
        url: String,
        /// Why.
        why: String,
    },
}

impl CallError {
    /// Whether the same call may have an answer later.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        !matches!(self, Self::BadUrl { .. } | Self::TooLarge { .. })
    }
}

/// What somebody's server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status; redirects are answers like others.
    pub status: u16,
    /// The body, whole.
    pub body: Vec<u8>,
    headers: reqwest::header::HeaderMap,
}

impl Answer {
    /// The first header of a name, where it is ASCII.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The client. Clones share their connections; calls need a runtime of tokio with time and sockets.
#[derive(Clone, Debug)]
pub struct Client {
    calls: reqwest::Client,
    deadlines: Deadlines,
}

impl Client {
    /// A client with these deadlines. It goes where the address says: proxies named in the environment
    /// are not used.
    ///
    /// # Errors
    /// [`CallError::Broken`] when the system gives neither random numbers nor sockets.
    pub fn new(deadlines: Deadlines) -> Result<Self, CallError> {
        // One for the process; whoever was first has chosen the same.
        drop(rustls::crypto::ring::default_provider().install_default());
        let builder = || {
            reqwest::Client::builder()
                .user_agent(AGENT)
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .retry(reqwest::retry::never())
                .connect_timeout(deadlines.connect)
                .timeout(deadlines.answer)
        };
        // A machine without certificates still calls http; https then fails and says so.
        let bare = |_| builder().tls_certs_only(std::iter::empty()).build();
        let calls = builder()
            .build()
            .or_else(bare)
            .map_err(|error| CallError::Broken { url: "the client".to_owned(), why: cause(&error) })?;
        Ok(Self { calls, deadlines })
    }

    /// Asks for what stands at an address, at most `limit` bytes of it.
    ///
    /// # Errors
    /// [`CallError`]; a status is never an error.
    pub async fn get(&self, url: &str, limit: usize) -> Result<Answer, CallError> {
        self.call(self.calls.get(url), url, limit).await
    }

    /// Sends bytes of a media type, and takes at most `limit` bytes of answer.
    ///
    /// # Errors
    /// [`CallError`]; a status is never an error.
    pub async fn post(
        &self,
        url: &str,
        media: &'static str,
        body: Vec<u8>,
        limit: usize,
    ) -> Result<Answer, CallError> {
        let request = self.calls.post(url).header(reqwest::header::CONTENT_TYPE, media).body(body);
        self.call(request, url, limit).await
    }

    async fn call(
        &self,
        request: reqwest::RequestBuilder,
        url: &str,
        limit: usize,
    ) -> Result<Answer, CallError> {
        let failed = |error: reqwest::Error| self.failed(url, &error);
        let too_large = || CallError::TooLarge { url: url.to_owned(), limit };
        let mut response = request.send().await.map_err(failed)?;
        if response.content_length().is_some_and(|length| length > limit as u64) {
            return Err(too_large());
        }
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(failed)? {
            if piece.len() > limit - body.len() {
                return Err(too_large());
            }
            body.extend_from_slice(&piece);
        }
        let (status, headers) = (response.status().as_u16(), std::mem::take(response.headers_mut()));
        Ok(Answer { status, body, headers })
    }

    fn failed(&self, url: &str, error: &reqwest::Error) -> CallError {
        let (url, why) = (url.to_owned(), cause(error));
        if error.is_builder() {
            CallError::BadUrl { url, why }
        } else if error.is_connect() {
            CallError::Unreachable { url, why }
        } else if error.is_timeout() {
            CallError::Late { url, after: self.deadlines.answer }
        } else {
            CallError::Broken { url, why }
        }
    }
}

/// The last cause of an error: the outer ones say only that a call failed.
fn cause(error: &dyn std::error::Error) -> String {
    let mut here = error;
    while let Some(next) = here.source() {
        here = next;
    }
    here.to_string()
}
