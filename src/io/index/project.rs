//! A project's page.

use super::config::{FindLinks, IndexSource, Location};
use super::{IndexClient, IndexError, MAX_PAGE};
use crate::io::conditional::{Answer, Conditional};
use crate::io::files::{FileError, relative};
use crate::io::net::{Get, NetError, Response};
use resolver::project::{Project, compact, merge};
use resolver::{LockedSource, ProjectKey};
use std::path::Path;
use std::sync::Arc;
use url::Url;
use wheel::PackageName;
use wheel::page::{self, ContentType, Page, PageFile};

impl IndexClient {
    /// The page of a project from the first index that has it, with what `--find-links` adds;
    /// `None` where nobody has it.
    ///
    /// # Errors
    /// An index could not be asked. A lower one is not asked instead: a package must not come
    /// from elsewhere because its own index is down.
    pub async fn project(&self, key: &ProjectKey) -> Result<Option<Arc<Project>>, IndexError> {
        let indexes = &self.inner.indexes;
        let mut parts: Vec<(String, LockedSource)> = Vec::new();
        match &key.index {
            Some(wanted) => {
                let mut known = indexes.explicit.iter().chain(&indexes.ordered);
                let index = known.find(|index| *index.name == **wanted).ok_or_else(|| {
                    IndexError::NoIndex {
                        project: key.name.to_string(),
                        index: wanted.to_string(),
                    }
                })?;
                parts.extend(self.ask(index, &key.name).await?);
            }
            None => {
                for links in &indexes.find_links {
                    let text = self.links(links, &key.name).await?;
                    if !text.is_empty() {
                        parts.push((text, links.label.clone()));
                    }
                }
                for index in &indexes.ordered {
                    match self.ask(index, &key.name).await {
                        Ok(Some(found)) => {
                            parts.push(found);
                            break;
                        }
                        Ok(None) => {}
                        // Without the network, what lies on this machine has to do.
                        Err(IndexError::Net(NetError::Offline { .. })) if !parts.is_empty() => {
                            break;
                        }
                        Err(error) => return Err(error),
                    }
                }
            }
        }
        // A page that a mirror does not have may still be on the index.
        let transport = self.inner.net.transport();
        if parts.is_empty()
            && let Some(error) = transport.and_then(|mirror| mirror.lacks(key.name.as_str()))
        {
            return Err(error.into());
        }
        Ok(match parts.len() {
            0 => None,
            _ => Some(Arc::new(merge(parts))),
        })
    }

    /// The page of a project on the very place that a lock has it from, where that is in force.
    ///
    /// # Errors
    /// It could not be asked.
    pub async fn page_of(
        &self,
        source: &LockedSource,
        name: &PackageName,
    ) -> Result<Option<Arc<Project>>, IndexError> {
        let indexes = &self.inner.indexes;
        let mut known = indexes.ordered.iter().chain(&indexes.explicit);
        let found = if let Some(index) = known.find(|index| index.label == *source) {
            self.ask(index, name).await?
        } else if let Some(links) = indexes.find_links.iter().find(|l| l.label == *source) {
            let text = self.links(links, name).await?;
            Some((text, links.label.clone()))
        } else {
            None
        };
        Ok(found.map(|(text, source)| Arc::new(Project::from_compact(text, source))))
    }

    async fn ask(
        &self,
        index: &IndexSource,
        name: &PackageName,
    ) -> Result<Option<(String, LockedSource)>, IndexError> {
        let text = match &index.location {
            Location::Http(base) => self.fetch(base, name).await?,
            Location::Folder(folder) => self.folder_page(&folder.join(name.as_str()), name)?,
        };
        Ok(text.map(|text| (text, index.label.clone())))
    }

    /// The compact page from a server, or from the cache while it is fresh or unchanged.
    async fn fetch(&self, base: &Url, name: &PackageName) -> Result<Option<String>, IndexError> {
        let mut url = base.clone();
        let path = format!("{}{name}/", base.path());
        url.set_path(&path);
        self.fetch_page(&url, name).await
    }

    async fn fetch_page(
        &self,
        url: &Url,
        name: &PackageName,
    ) -> Result<Option<String>, IndexError> {
        let key = format!("{url} {name}");
        let get = Get::new(url.clone(), MAX_PAGE)
            .accept(page::ACCEPT)
            .page_of(name.as_str());
        let pages = Conditional {
            net: &self.inner.net,
            cache: &self.inner.cache,
            offline: self.inner.offline,
        };
        let read = |response: &Response| self.read_page(url, name, response);
        match pages.text(&key, get, read).await? {
            Answer::Text(text) => Ok(Some(text)),
            Answer::Status(404 | 410) => Ok(None),
            Answer::Status(status) => Err(IndexError::Status {
                url: url.to_string(),
                status,
            }),
        }
    }

    fn read_page(
        &self,
        url: &Url,
        name: &PackageName,
        response: &Response,
    ) -> Result<String, IndexError> {
        let fail = |error: page::PageError| IndexError::Page {
            project: name.to_string(),
            url: url.to_string(),
            why: error.to_string(),
        };
        let kind =
            page::content_type(response.content_type.as_deref().unwrap_or("")).map_err(fail)?;
        let parsed = match kind {
            ContentType::JsonV1 => page::parse_json(&response.body, &response.final_url),
            ContentType::HtmlV1 | ContentType::TextHtml => {
                page::parse_html(&response.body, &response.final_url)
            }
        };
        let page = parsed.map_err(fail)?;
        Ok(compact(name, &page))
    }

    /// The compact page of a project that has a folder: of its `index.json`, its `index.html`,
    /// or of the wheels that lie there.
    fn folder_page(&self, folder: &Path, name: &PackageName) -> Result<Option<String>, IndexError> {
        if !folder.is_dir() {
            return Ok(None);
        }
        for file in ["index.json", "index.html"] {
            let path = folder.join(file);
            let bytes = match std::fs::read(&path) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(FileError::new("read", &path, error).into()),
            };
            return self.parse_file(&path, &bytes, name).map(Some);
        }
        self.wheels_in(folder, name).map(Some)
    }

    fn parse_file(
        &self,
        path: &Path,
        bytes: &[u8],
        name: &PackageName,
    ) -> Result<String, IndexError> {
        let fail = |why: String| IndexError::Page {
            project: name.to_string(),
            url: path.display().to_string(),
            why,
        };
        let absolute = path
            .canonicalize()
            .map_err(|error| FileError::new("read", path, error))?;
        let base =
            Url::from_file_path(&absolute).map_err(|()| fail("its path is not absolute".into()))?;
        let parsed = match path.extension().is_some_and(|ending| ending == "json") {
            true => page::parse_json(bytes, &base),
            false => page::parse_html(bytes, &base),
        };
        let mut page = parsed.map_err(|error| fail(error.to_string()))?;
        let project = self.project_folder();
        for file in &mut page.files {
            if file.url.starts_with("file:")
                && let Ok(url) = Url::parse(&file.url)
                && let Ok(target) = url.to_file_path()
                && let Some(path) = pathdiff::diff_paths(target, &project)
            {
                file.url = path.to_string_lossy().replace('\\', "/").into();
            }
        }
        Ok(compact(name, &page))
    }

    fn project_folder(&self) -> std::path::PathBuf {
        let project = &self.inner.project;
        project.canonicalize().unwrap_or_else(|_| project.clone())
    }

    fn wheels_in(&self, folder: &Path, name: &PackageName) -> Result<String, IndexError> {
        let entries =
            std::fs::read_dir(folder).map_err(|error| FileError::new("read", folder, error))?;
        let base = relative(&self.inner.project, folder);
        let mut page = Page::default();
        for entry in entries.flatten() {
            let filename = entry.file_name().to_string_lossy().into_owned();
            let of_project = wheel::filename::split_quick(&filename)
                .is_some_and(|parts| parts.is_of(name))
                || wheel::filename::sdist_version(&filename, name).is_some();
            if of_project {
                let mut file = PageFile::new(filename.clone(), format!("{base}/{filename}"));
                file.size = entry.metadata().ok().map(|metadata| metadata.len());
                page.files.push(file);
            }
        }
        Ok(compact(name, &page))
    }

    /// What a place with wheels side by side has of a project, as a compact page.
    async fn links(&self, links: &FindLinks, name: &PackageName) -> Result<String, IndexError> {
        match &links.location {
            Location::Folder(folder) => self.wheels_in(folder, name),
            Location::Http(url) => Ok(self.fetch_page(url, name).await?.unwrap_or_default()),
        }
    }
}
