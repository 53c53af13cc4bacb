//! Prepares what Tauri embeds: configuration, capabilities, icons. The package's root is the
//! repository's, so its folders are named here.
fn main() {
    let attributes =
        tauri_build::Attributes::new().capabilities_path_pattern("./src-tauri/capabilities/**/*");
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={error:#}");
    }
}
