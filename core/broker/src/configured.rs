//! What the configuration that was read last says of a tenant: its policy, and with it the bounds on what the tenant may use, which no
//! admin's policy exceeds.

use frontdesk_desk::policy::{Draft, Policy, PolicyFault};

/// The configuration's policy of one tenant, whether it is in force or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Configured(Draft);

impl Configured {
    pub(crate) fn new(policy: &Policy) -> Self {
        Self(Draft::clone(policy))
    }

    /// Whether it says this.
    pub(crate) fn is(&self, draft: &Draft) -> bool {
        self.0 == *draft
    }

    /// What of a draft exceeds its bounds.
    pub(crate) fn faults(&self, draft: &Draft) -> Vec<PolicyFault> {
        let bounds = [
            ("visitors_max", draft.visitors_max, self.0.visitors_max),
            ("agents_max", draft.agents_max.into(), self.0.agents_max.into()),
        ];
        let exceeded = bounds.into_iter().filter(|(_, wanted, granted)| wanted > granted);
        let fault = |(path, wanted, granted): (&str, u64, u64)| PolicyFault {
            path: path.to_owned(),
            fault: format!(
                "must be at most {granted}, which the broker's configuration grants, and is {wanted}"
            ),
        };
        exceeded.map(fault).collect()
    }

    /// A policy that doesn't exceed its bounds: the same where it didn't.
    pub(crate) fn bound(&self, policy: Policy) -> Policy {
        if self.faults(&policy).is_empty() {
            return policy;
        }
        let draft = Draft {
            visitors_max: policy.visitors_max.min(self.0.visitors_max),
            agents_max: policy.agents_max.min(self.0.agents_max),
            ..Draft::clone(&policy)
        };
        // Both numbers stood in a checked policy.
        Policy::new(draft).unwrap_or(policy)
    }
}

#[cfg(test)]
mod tests {
    use frontdesk_desk::id::{DepartmentId, SiteId};

    use super::*;

    fn policy(visitors_max: u64, agents_max: u32) -> Policy {
        let sites = vec![SiteId::new("www").unwrap()];
        let departments = vec![DepartmentId::new("sales").unwrap()];
        let draft = Draft::new(sites, departments);
        Policy::new(Draft { visitors_max, agents_max, ..draft }).unwrap()
    }

    #[test]
    fn what_exceeds_the_grant_is_named_or_cut_to_it() {
        let granted = Configured::new(&policy(100, 10));
        assert!(granted.faults(&policy(100, 10)).is_empty());
        let faults = granted.faults(&policy(101, 11));
        let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(paths, ["visitors_max", "agents_max"]);
        assert!(faults[0].fault.contains("at most 100"), "{}", faults[0].fault);
        let bound = granted.bound(policy(101, 9));
        assert_eq!((bound.visitors_max, bound.agents_max), (100, 9));
    }
}
