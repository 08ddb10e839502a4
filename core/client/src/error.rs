//! What can go wrong, one enum an operation; each variant says the cause, then the remedy.

use std::io;

use crate::id::MessageId;
use crate::refusal::{EndReason, Refusal};

/// Why [`Client::connect`](crate::Client::connect) failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The address could not be resolved; check its spelling and the name service.
    #[error(
        "the address '{address}' has no place in the network; write it as host:port ({source})"
    )]
    Address {
        /// The address as given.
        address: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// No certificate to trust could be read; give a PEM file of certificates, or a pin.
    #[error("no trusted certificate: {0}; give a PEM file with certificates, or a pin")]
    Trust(String),
    /// The provider gave no token; see to the provider.
    #[error("the provider gave no token: {0}; see to the provider")]
    Token(String),
    /// No socket could be opened; look at the limits of open files and at what the system allows.
    #[error("no UDP socket could be opened ({0}); look at the system's limits")]
    Socket(#[from] io::Error),
    /// QUIC could not be set up as configured; check the server name and the options.
    #[error("the connection could not be set up ({0}); check the server name and the options")]
    Setup(String),
    /// The broker could not be reached or spoken to; check address, trust and network.
    #[error("the broker could not be reached ({0}); check address, trust and network")]
    Unreachable(#[from] quinn::ConnectionError),
    /// No answer within the connect timeout; check the address and whether UDP gets through.
    #[error("no answer within the connect timeout; check the address, and that UDP gets through")]
    TimedOut,
    /// The broker refused the hello; the refusal says what to do.
    #[error("the broker refused the connection: {0}")]
    Refused(Refusal),
    /// The broker broke the protocol; report it with this sentence.
    #[error("the broker broke the protocol ({0}); report it")]
    Protocol(&'static str),
}

/// Why a link was not attached.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum AttachError {
    /// The broker refused; the refusal says what to do.
    #[error("the broker refused to attach: {0}")]
    Refused(Refusal),
    /// What is known of the person fits into no frame; send less of it.
    #[error("the attach is {bytes} bytes long where at most {bytes_max} are allowed; send less")]
    TooLong {
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        bytes_max: usize,
    },
    /// No answer in time; attach again.
    #[error("no answer in time; attach again")]
    TimedOut,
    /// The client is over; connect anew, if the reason allows it.
    #[error("the client is over: {0}")]
    Ended(EndReason),
}

/// Why a request was not done.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The broker refused; the refusal says what to do.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// Longer than the broker allows; send less.
    #[error("{bytes} bytes where at most {bytes_max} are allowed; send less")]
    TooLong {
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        bytes_max: usize,
    },
    /// No answer in time; it may have been done, so look before asking again.
    #[error("no answer in time; it may have been done, so look before asking again")]
    TimedOut,
    /// The link is over; attach again, if the reason allows it.
    #[error("the link is over: {0}")]
    Ended(EndReason),
    /// An answer that this version doesn't know; use a newer client.
    #[error("an answer that this version doesn't know; use a newer client")]
    UnknownAnswer,
}

/// Why a message is not known to be said.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum SayError {
    /// The broker refused; it was not said. Said again with the same id once the refusal's advice is followed, it is said
    /// once.
    #[error("message {id} was refused: {refusal}")]
    Refused {
        /// The message's id.
        id: MessageId,
        /// Why.
        refusal: Refusal,
    },
    /// Longer than the broker allows; it was not said. Split it.
    #[error("a message of {bytes} bytes where at most {bytes_max} are allowed; split it")]
    TooLong {
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        bytes_max: usize,
    },
    /// No answer in time; say it again with the same id, and it is said once.
    #[error("no answer to message {id} in time; say it again with this id, and it is said once")]
    TimedOut {
        /// The message's id.
        id: MessageId,
    },
    /// The link is over, and the message may have been said or not; say it with the same id on another link.
    #[error("the link ended before message {id} was known to be said: {reason}")]
    Ended {
        /// The message's id.
        id: MessageId,
        /// Why the link ended.
        reason: EndReason,
    },
    /// An answer that this version doesn't know; use a newer client.
    #[error("an answer to message {id} that this version doesn't know; use a newer client")]
    UnknownAnswer {
        /// The message's id.
        id: MessageId,
    },
}

impl SayError {
    pub(crate) fn of(id: MessageId, error: RequestError) -> Self {
        match error {
            RequestError::Refused(refusal) => Self::Refused { id, refusal },
            RequestError::TooLong { bytes, bytes_max } => Self::TooLong { bytes, bytes_max },
            RequestError::TimedOut => Self::TimedOut { id },
            RequestError::Ended(reason) => Self::Ended { id, reason },
            RequestError::UnknownAnswer => Self::UnknownAnswer { id },
        }
    }
}

/// Why a preview or an acknowledgement was not taken.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum NoticeError {
    /// Longer than the broker allows; shorten it.
    #[error("{bytes} bytes where at most {bytes_max} are allowed; shorten it")]
    TooLong {
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        bytes_max: usize,
    },
    /// The link is over; attach again, if the reason allows it.
    #[error("the link is over: {0}")]
    Ended(EndReason),
}
