//! In which order the files of a release are sent.

use wheel::WheelFilename;

/// Where a file stands in the order, by its name: the sdist first, then the wheel for every platform,
/// then the others by name. So whenever sending stops, what is there can be installed by everybody
/// who could install what comes later. The index takes the release's metadata from the first.
#[must_use]
pub fn rank(filename: &str) -> (u8, String) {
    let place = match filename.parse::<WheelFilename>() {
        Err(_) => 0,
        Ok(wheel) => {
            let tags = &wheel.tags;
            let any = tags.platforms().all(|platform| platform == "any")
                && tags.abis().all(|abi| abi == "none");
            match (any, tags.pythons().any(|python| python == "py3")) {
                (true, true) => 1,
                (true, false) => 2,
                (false, _) => 3,
            }
        }
    };
    (place, filename.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sdist_is_first_and_the_generic_wheel_second() {
        let order = [
            "demo-1.0.tar.gz",
            "demo-1.0-py2.py3-none-any.whl",
            "demo-1.0-py3-none-any.whl",
            "demo-1.0-cp313-none-any.whl",
            "demo-1.0-cp312-cp312-win_amd64.whl",
            "demo-1.0-py3-none-win_amd64.whl",
        ];
        let mut sorted = order;
        sorted.reverse();
        sorted.sort_by_key(|name| rank(name));
        assert_eq!(sorted, order);
    }
}
