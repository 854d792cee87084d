//! Names, versions, markers, metadata, wheels, sdists and index pages: one file per term of the
//! packaging standards. Pure: values in, values out.

pub mod archive;
pub mod entry_points;
pub mod filename;
pub mod marker;
pub mod metadata;
pub mod name;
pub mod page;
pub mod program;
pub mod provenance;
pub mod record;
pub mod requirement;
pub mod sdist;
pub mod specifier;
pub mod version;
pub mod wheel_file;

pub use filename::WheelFilename;
pub use marker::{Marker, MarkerEnv};
pub use metadata::{CoreRequirements, Metadata};
pub use name::{ExtraName, PackageName};
pub use requirement::{Requirement, RequirementSource};
pub use sdist::SdistFilename;
pub use specifier::Specifiers;
pub use version::Version;
