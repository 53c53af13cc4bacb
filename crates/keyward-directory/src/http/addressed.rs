//! The tenant that a request names besides its path: in `Keyward-Tenant`, or as its host.
//!
//! There by its id or by its slug, and never instead of a proof: whatever names a tenant must name the one that the
//! token is proven for. Beside a path, a name of no tenant is refused as one of another.

use http::{HeaderName, header::HOST, request::Parts};
use keyward_model::{Error, ErrorCode, TenantId};

use super::{
    Desk,
    answer::{Failure, broken},
};

const KEYWARD_TENANT: HeaderName = HeaderName::from_static("keyward-tenant");

/// A name, and where it stands.
struct Name {
    place: &'static str,
    text: String,
}

impl Desk {
    /// Refuses a request that names another tenant than this one, or something that is none.
    pub(super) async fn is_addressed(&self, parts: &Parts, tenant: &TenantId) -> Result<(), Failure> {
        for name in names(parts, self.hosts.as_deref()) {
            if self.meant(&name).await?.as_ref() != Some(tenant) {
                let words =
                    format!("{}: this does not name {tenant}, which the token is proven for.", name.place);
                return Err(Error::new(ErrorCode::InvalidRequest, words).into());
            }
        }
        Ok(())
    }

    /// The one tenant that a request without one in its path is for; none where it names none.
    pub(super) async fn addressed(&self, parts: &Parts) -> Result<Option<TenantId>, Failure> {
        let mut names = names(parts, self.hosts.as_deref()).into_iter();
        let Some(first) = names.next() else { return Ok(None) };
        let unknown = || {
            let words = format!("{}: there is no tenant of that name.", first.place);
            Failure::from(Error::new(ErrorCode::InvalidRequest, words))
        };
        let tenant = self.meant(&first).await?.ok_or_else(unknown)?;
        for name in names {
            if self.meant(&name).await?.as_ref() != Some(&tenant) {
                let words = format!("{} and {} name two tenants.", first.place, name.place);
                return Err(Error::new(ErrorCode::InvalidRequest, words).into());
            }
        }
        Ok(Some(tenant))
    }

    async fn meant(&self, name: &Name) -> Result<Option<TenantId>, Failure> {
        let Ok(name) = TenantId::new(name.text.as_str()) else { return Ok(None) };
        let directory = self.directory.clone();
        let read = tokio::task::spawn_blocking(move || directory.tenant_called(&name)).await;
        Ok(read.unwrap_or_else(|panic| Err(broken(&panic)))?)
    }
}

/// What names a tenant, apart from the path. Under `hosts`, each host is a tenant's.
fn names(parts: &Parts, hosts: Option<&str>) -> Vec<Name> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = parts.headers.get_all(KEYWARD_TENANT).iter();
    let mut names: Vec<Name> =
        headers.map(|value| Name { place: "Keyward-Tenant", text: text(value) }).collect();
    let host = parts.uri.authority().map(ToString::to_string).or_else(|| parts.headers.get(HOST).map(text));
    if let (Some(hosts), Some(host)) = (hosts, host) {
        names.extend(under(&host, hosts).map(|text| Name { place: "Host", text }));
    }
    names
}

/// What stands before `hosts` in a host; none in any other host.
fn under(host: &str, hosts: &str) -> Option<String> {
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name).trim_end_matches('.').to_ascii_lowercase();
    Some(name.strip_suffix(hosts)?.strip_suffix('.')?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_names_a_tenant_by_what_stands_before_the_domain() {
        let named = |host| under(host, "roles.example");
        for host in ["acme.roles.example", "ACME.Roles.Example:8443", "acme.roles.example."] {
            assert_eq!(named(host).as_deref(), Some("acme"), "{host}");
        }
        for host in
            ["roles.example", "roles.example:443", "127.0.0.1:8480", "[::1]:80", "acmeroles.example", ""]
        {
            assert_eq!(named(host), None, "{host}");
        }
        assert_eq!(named("a.b.roles.example").as_deref(), Some("a.b"), "which is no tenant's name");
        assert_eq!(named(".roles.example").as_deref(), Some(""), "nor is this");
    }
}
