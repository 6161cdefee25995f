// Validates a dashboard with Splunk's own packages, and draws it from rows that are given.
//
// The page that loads this sets window.cfhunt = {definition, drawn, theme, width, height}:
// definition is validated as it is shipped; drawn is the copy whose data sources hold rows. What the
// validator says, and which options each kind of panel knows, is written into the page as JSON.

import React from 'react';
import { createRoot } from 'react-dom/client';
import { DashboardContextProvider } from '@splunk/dashboard-context';
import DashboardCore from '@splunk/dashboard-core';
import { createSchemaBasedOnPresets } from '@splunk/dashboard-definition';
import EnterpriseViewOnlyPreset from '@splunk/dashboard-presets/EnterpriseViewOnlyPreset';
import { DashboardValidator } from '@splunk/dashboard-validation';
import { TestDataSource } from '@splunk/datasources';
import { SplunkThemeProvider } from '@splunk/themes';

const { definition, drawn, theme, width, height } = window.cfhunt;

function write(name, value) {
    const element = document.createElement('script');
    element.type = 'application/json';
    element.id = name;
    element.textContent = JSON.stringify(value).replace(/</g, '\\u003c');
    document.head.appendChild(element);
}

const preset = {
    ...EnterpriseViewOnlyPreset,
    dataSources: { ...EnterpriseViewOnlyPreset.dataSources, 'ds.test': TestDataSource },
};

const schema = createSchemaBasedOnPresets(preset, {});
const validator = new DashboardValidator();
const refused = validator.setSchema(schema);
write('validation', refused ? String(refused) : validator.validate(definition));
write('schema', schema);

function Drawing() {
    return (
        <SplunkThemeProvider family="enterprise" colorScheme={theme} density="comfortable">
            <DashboardContextProvider
                preset={preset}
                initialDefinition={drawn}
                initialMode="view"
            >
                <DashboardCore width={width} height={height} />
            </DashboardContextProvider>
        </SplunkThemeProvider>
    );
}

createRoot(document.getElementById('root')).render(<Drawing />);
