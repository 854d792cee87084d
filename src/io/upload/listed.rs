//! What an index has of a project already.

use crate::io::credentials::Access;
use crate::io::net::{Get, Net, Response};
use publish::Secret;
use publish::upload::{Address, Listing};
use url::Url;
use wheel::page::{self, ContentType};

/// The largest page that is read. The largest real ones have some 40 MB.
const MAX_PAGE: u64 = 256 << 20;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The project's page.
    Page(Listing),
    /// No page of the project: it is new, or the index has its pages elsewhere.
    Nothing,
    /// The index shows it to those who log in.
    Denied(String),
    /// The index could not be asked: why.
    Unknown(String),
}

/// Looks at a project's page, once: what comes of it is a help and no condition. Whoever uploads to a server as somebody reads there as the same, if it
/// is a login and no token for uploads alone.
pub async fn listing(
    net: &Net,
    address: &Address,
    project: &str,
    access: Option<&Access>,
) -> Found {
    let mut found = Found::Nothing;
    for url in address.pages(project) {
        if let Some((username, password)) = access.and_then(Access::own) {
            know(net, address, &url, username, password);
        }
        let get = Get::new(url.clone(), MAX_PAGE).accept(page::ACCEPT);
        match net.get(&get.page_of(project).once()).await {
            Ok(response) if response.status == 200 => match read(&url, &response) {
                Ok(listing) => return Found::Page(listing),
                Err(why) => found = Found::Unknown(why),
            },
            Ok(_) => {}
            Err(error) if matches!(error.status(), Some(401 | 403)) => {
                found = Found::Denied(error.to_string());
            }
            Err(error) => found = Found::Unknown(error.to_string()),
        }
    }
    found
}

/// Lends a login to the requests for a page of the same server.
fn know(net: &Net, address: &Address, page: &Url, username: &str, password: &Secret) {
    if address.warehouse.is_some() || page.origin() != address.upload.origin() {
        return;
    }
    let mut own = page.clone();
    let named = own.set_username(username).is_ok();
    if named && own.set_password(Some(password.reveal())).is_ok() {
        let _ = net.register(&own);
    }
}

fn read(url: &Url, response: &Response) -> Result<Listing, String> {
    // Some servers pass questions about projects that they do not have on to a public index.
    if response.final_url.origin() != url.origin() {
        return Err(format!("{url} redirects to another host"));
    }
    let kind = response.content_type.as_deref().unwrap_or_default();
    let base = &response.final_url;
    let page = page::content_type(kind).and_then(|kind| match kind {
        ContentType::JsonV1 => page::parse_json(&response.body, base),
        ContentType::HtmlV1 | ContentType::TextHtml => page::parse_html(&response.body, base),
    });
    page.map(|page| Listing::of(&page))
        .map_err(|error| format!("{url}: {error}"))
}
