/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.pinyon.DeviceReport;
import io.pinyon.Pinyon;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What this machine offers, and why not what it does not. */
@Command(description = "List devices, and why one is not usable.")
final class DevicesCommand implements Subcommand {
    @Mixin
    private CommonOptions common = new CommonOptions();

    @Override
    public void run(Console console) {
        List<DeviceReport> devices = Pinyon.devices();
        if (common.json()) {
            console.json(Map.of("devices", devices.stream().map(DevicesCommand::json).toList()));
            return;
        }
        var table = new TextTable("device", "usable", "");
        for (DeviceReport device : devices) {
            table.row(device.id(), device.usable() ? "yes" : "no",
                    device.usable() ? device.description() : device.reason() + "; " + device.remedy());
        }
        console.text(table.toString());
    }

    private static Map<String, Object> json(DeviceReport device) {
        var json = new LinkedHashMap<String, Object>();
        json.put("id", device.id());
        json.put("usable", device.usable());
        json.put("description", device.description());
        json.put("reason", device.reason());
        json.put("remedy", device.remedy());
        return json;
    }
}
