//! What is linked to libpython finds it where it was when it was built.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "embedded")]
    {
        pyo3_build_config::use_pyo3_cfgs();
        // libpython seldom lies where the dynamic linker looks by itself.
        let config = pyo3_build_config::get();
        if let (true, Some(folder)) = (cfg!(unix), config.lib_dir()) {
            println!("cargo::rustc-link-arg=-Wl,-rpath,{folder}");
        }
    }
}
