//! What connections, links and people may use of a broker. Each bound has a default, and a range that it must lie in.

use std::time::Duration;

use frontdesk_proto::{limits, v1};

/// The bounds of one broker. Reaching one is a refusal with a code, never growth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once. Default 200,000: at about 20 KiB of QUIC state each they take some 4 GiB.
    pub connections_max: u32,
    /// Connections at once from one address. Default 1,024: an office behind one address fits, one host can't take all.
    pub connections_per_address_max: u32,
    /// Connections at once whose Hello has not been taken yet. Default 4,096: a second's worth of a busy reconnect.
    pub hellos_pending_max: u32,
    /// Links at once in the whole broker. Default 4,000,000.
    pub links_max: u32,
    /// Links at once of one tenant. Default 2,000,000.
    pub links_per_tenant_max: u32,
    /// Longest frame without its prefix, in bytes; see [`limits::FRAME_BYTES_MAX`].
    pub frame_bytes_max: u32,
    /// Lanes of a gateway's connection; see [`limits::LANES_GATEWAY_MAX`].
    pub lanes_gateway_max: u32,
    /// Lanes of a person's own connection; see [`limits::LANES_PERSON_MAX`].
    pub lanes_person_max: u32,
    /// Links of a gateway's connection; see [`limits::LINKS_GATEWAY_MAX`].
    pub links_gateway_max: u32,
    /// Links of a person's own connection; see [`limits::LINKS_PERSON_MAX`].
    pub links_person_max: u32,
    /// Frame bytes on the way to a link beyond those given back; see [`limits::LINK_CREDIT_BYTES`].
    pub link_credit_bytes: u32,
    /// Messages a second of a link, in the long run; see [`limits::MESSAGES_PER_S`].
    pub messages_per_s: u32,
    /// Messages of a link at once; see [`limits::MESSAGES_BURST`].
    pub messages_burst: u32,
    /// Typing frames a second of a link; see [`limits::PREVIEWS_PER_S`].
    pub previews_per_s: u32,
    /// Stateless resets a second, to tell clients of an earlier life that it is over. Default 20,000: a full house learns
    /// within ten seconds of a restart, and the packets are smaller than those they answer.
    pub resets_per_s: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 200_000,
            connections_per_address_max: 1_024,
            hellos_pending_max: 4_096,
            links_max: 4_000_000,
            links_per_tenant_max: 2_000_000,
            frame_bytes_max: limits::FRAME_BYTES_MAX,
            lanes_gateway_max: limits::LANES_GATEWAY_MAX,
            lanes_person_max: limits::LANES_PERSON_MAX,
            links_gateway_max: limits::LINKS_GATEWAY_MAX,
            links_person_max: limits::LINKS_PERSON_MAX,
            link_credit_bytes: limits::LINK_CREDIT_BYTES,
            messages_per_s: limits::MESSAGES_PER_S,
            messages_burst: limits::MESSAGES_BURST,
            previews_per_s: limits::PREVIEWS_PER_S,
            resets_per_s: 20_000,
        }
    }
}

impl Limits {
    /// What Welcome tells a connection of this role.
    pub fn for_role(&self, role: v1::Role, idle_timeout: Duration) -> v1::Limits {
        let (lanes_max, links_max) = match role {
            v1::Role::Gateway => (self.lanes_gateway_max, self.links_gateway_max),
            _ => (self.lanes_person_max, self.links_person_max),
        };
        v1::Limits {
            frame_bytes_max: self.frame_bytes_max,
            lanes_max,
            links_max,
            link_credit_bytes: self.link_credit_bytes,
            messages_per_s: self.messages_per_s,
            messages_burst: self.messages_burst,
            previews_per_s: self.previews_per_s,
            idle_timeout_ms: u32::try_from(idle_timeout.as_millis()).unwrap_or(u32::MAX),
            // How long a text or preview may be is the schema's to say.
            ..limits::for_role(role)
        }
    }
}
