#!/bin/sh
# Starts the packed benchmark. Everything but the GPU's driver and the C library is in this folder.
here=$(cd "$(dirname "$0")" && pwd)
export CDAM_LD_LIBRARY_PATH="$LD_LIBRARY_PATH"
LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
# The C++ library of the system is the right one for its driver; ours serves a system that has none.
for folder in /usr/lib/x86_64-linux-gnu /lib/x86_64-linux-gnu /usr/lib64 /lib64 /usr/lib; do
  [ -e "$folder/libstdc++.so.6" ] && system_has_it=yes
done
[ "$system_has_it" = yes ] || LD_LIBRARY_PATH="$LD_LIBRARY_PATH:$here/lib-fallback"
export LD_LIBRARY_PATH

# The loader looks in these folders by itself. Containers often have the driver and not its manifest.
if [ -z "$VK_ICD_FILENAMES$VK_DRIVER_FILES" ]; then
  for manifest in /etc/vulkan/icd.d/nvidia*.json /usr/share/vulkan/icd.d/nvidia*.json; do
    [ -e "$manifest" ] && found=$manifest
  done
  if [ -z "$found" ]; then
    for manifest in /usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json "$here/nvidia_icd.json"; do
      [ -e "$manifest" ] && export VK_DRIVER_FILES="$manifest" VK_ICD_FILENAMES="$manifest" && break
    done
  fi
fi
exec "$here/node" "$here/main.js" "$@"
