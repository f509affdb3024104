UPDATE `units` SET `header` = json_set(`header`, '$.relativeFlops', json_extract(`results`, '$.cost.relativeFlops'));--> statement-breakpoint
ALTER TABLE `units` DROP COLUMN `results`;--> statement-breakpoint
ALTER TABLE `units` DROP COLUMN `standing`;